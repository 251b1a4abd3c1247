// Runs the RUN steps of seeders/service/Dockerfile in a clean copy of the project, without Docker, and then its entrypoint.
//
//   node scripts/docker-steps.js
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const folder = mkdtempSync(join(tmpdir(), 'vdata-docker-'))
try {
  const archive = execFileSync('git', ['-C', root, 'archive', 'HEAD'], { maxBuffer: 2 ** 30 })
  execFileSync('tar', ['-x', '-C', folder], { input: archive })
  const lines = readFileSync(join(folder, 'seeders/service/Dockerfile'), 'utf8').split('\n')
  for (const line of lines) {
    const step = /^RUN (npm .*)$/.exec(line)?.[1]
    if (!step) continue
    process.stdout.write(`${step}\n`)
    execFileSync('sh', ['-c', step], { cwd: folder, stdio: 'inherit' })
  }
  const entrypoint = JSON.parse(lines.find((line) => line.startsWith('ENTRYPOINT')).slice('ENTRYPOINT '.length))
  execFileSync(process.execPath, [...entrypoint.slice(1), '--help'], { cwd: folder, stdio: 'ignore' })
  process.stdout.write('the image would start\n')
} finally {
  rmSync(folder, { recursive: true, force: true })
}
