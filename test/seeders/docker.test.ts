import { execFile } from 'node:child_process'
import { cp, mkdir, readdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test from 'brittle'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

// There is no Docker where the tests run: the image's layout is made in a clean folder, by the Dockerfile's own COPY lines,
// and its entrypoint is run there. scripts/docker-steps.js runs its npm steps too, which takes a minute.
test('what the Dockerfile puts into the image runs', { timeout: 60_000 }, async (t) => {
  const lines = (await readFile(join(ROOT, 'seeders', 'service', 'Dockerfile'), 'utf8')).split('\n')
  const image = join(await t.tmp(), 'image')
  await mkdir(image)
  const copied = lines.flatMap((line) => /^COPY --from=build \/app\/(\S+) /.exec(line)?.[1] ?? [])
  t.alike(copied, ['package.json', 'node_modules', 'dist'])
  for (const name of copied) {
    if (name === 'node_modules') await symlink(join(ROOT, name), join(image, name))
    else await cp(join(ROOT, name), join(image, name), { recursive: true })
  }
  const entrypoint = JSON.parse(
    lines.find((line) => line.startsWith('ENTRYPOINT'))!.slice('ENTRYPOINT '.length)
  ) as string[]
  const [node, ...args] = entrypoint
  t.is(node, 'node')
  const { stdout } = await run(process.execPath, [...args, '--help'], { cwd: image })
  t.ok(stdout.includes('--quota'))
  t.ok((await readdir(image)).includes('dist'))
})
