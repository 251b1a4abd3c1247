// Compiles TypeScript to dist/ and copies the data files that the compiled code reads beside itself.
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const dist = join(root, 'dist')
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')

// A file that was deleted or renamed must not live on as compiled code.
rmSync(dist, { recursive: true, force: true })
const compiled = spawnSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.json')], { stdio: 'inherit', cwd: root })
if (compiled.status !== 0) process.exit(1)

for (const room of ['bin', 'lib', 'seeders', 'test']) copyData(join(root, room), join(dist, room))
chmodSync(join(dist, 'bin', 'vdata.js'), 0o755)

function copyData(from, to) {
  if (!existsSync(from)) return
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const source = join(from, entry.name)
    const target = join(to, entry.name)
    if (entry.isDirectory()) copyData(source, target)
    else if (!/\.tsx?$/.test(entry.name)) cpSync(source, target)
  }
}
