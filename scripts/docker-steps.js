// Does what seeders/service/Dockerfile does, without Docker: its npm steps in a clean copy of the project, its COPY lines into
// another clean folder, which is the image, and its entrypoint there.
//
//   node scripts/docker-steps.js
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const folder = mkdtempSync(join(tmpdir(), 'vdata-docker-'))
try {
  const archive = execFileSync('git', ['-C', root, 'archive', 'HEAD'], { maxBuffer: 2 ** 30 })
  const [build, image] = [join(folder, 'build'), join(folder, 'image')]
  mkdirSync(build)
  mkdirSync(image)
  execFileSync('tar', ['-x', '-C', build], { input: archive })
  const lines = readFileSync(join(build, 'seeders/service/Dockerfile'), 'utf8').split('\n')
  for (const line of lines) {
    const step = /^RUN (npm .*)$/.exec(line)?.[1]
    if (!step) continue
    process.stdout.write(`${step}\n`)
    execFileSync('sh', ['-c', step], { cwd: build, stdio: 'inherit' })
  }
  for (const line of lines) {
    const name = /^COPY --from=build \/app\/(\S+) /.exec(line)?.[1]
    if (name) renameSync(join(build, name), join(image, name))
  }
  const entrypoint = JSON.parse(lines.find((line) => line.startsWith('ENTRYPOINT')).slice('ENTRYPOINT '.length))
  // Without a link it ends before it would join a network, with all of the program and its databases loaded.
  const env = { PATH: process.env.PATH, VDATA_HOME: join(folder, 'data') }
  const { status, stderr } = spawnSync(process.execPath, entrypoint.slice(1), { cwd: image, env, encoding: 'utf8' })
  if (status !== 3 || !stderr.includes('No dataset was named')) throw new Error(`the image does not start: ${stderr}`)
  process.stdout.write('the image starts\n')
} finally {
  rmSync(folder, { recursive: true, force: true })
}
