// Runs every compiled test file in a process of its own, three at a time, and adds up what they say.
//
//   node scripts/test.js [part of a path…]     only the files whose path contains one of the parts
//   node scripts/test.js --long […]            the long ones instead, *.long.ts, one at a time, with what they measure
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const long = process.argv.includes('--long')
const AT_ONCE = long ? 1 : 3
const FILE_TIMEOUT = (long ? 40 : 20) * 60_000
const SUFFIX = long ? '.long.js' : '.test.js'

const tests = fileURLToPath(new URL('../dist/test', import.meta.url))
const PATIENCE = new URL('../dist/test/helpers/patience.js', import.meta.url).href
const wanted = process.argv.slice(2).filter((word) => word !== '--long')
const files = readdirSync(tests, { recursive: true })
  .map(String)
  .filter((file) => file.endsWith(SUFFIX))
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  // The long end-to-end files first, so that none of them is left to run alone at the end.
  .sort((a, b) => Number(b.startsWith('e2e' + sep)) - Number(a.startsWith('e2e' + sep)) || (a < b ? -1 : 1))

const total = { passed: 0, failed: 0, skipped: 0 }
const queue = [...files]
if (files.length === 0) {
  process.stderr.write('no test file matches\n')
  process.exit(1)
}
await Promise.all(Array.from({ length: AT_ONCE }, worker))
process.stdout.write(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`)
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1)

async function worker() {
  for (let file = queue.shift(); file; file = queue.shift()) await run(file)
}

function run(file) {
  return new Promise((resolve) => {
    const started = Date.now()
    const child = spawn(process.execPath, ['--import', PATIENCE, join(tests, file)], {
      stdio: ['ignore', 'pipe', 'pipe']
    })
    const timer = setTimeout(() => child.kill('SIGKILL'), FILE_TIMEOUT)
    let output = ''
    child.stdout.on('data', (data) => (output += data))
    child.stderr.on('data', (data) => (output += data))
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      const passed = (output.match(/^ok \d+ - (?!.*# SKIP)/gm) ?? []).length
      const failed = (output.match(/^not ok \d+ - /gm) ?? []).length
      const skipped = (output.match(/^ok \d+ - .*# SKIP/gm) ?? []).length
      const wrong = failed > 0 || code !== 0
      total.passed += passed
      total.skipped += skipped
      total.failed += Math.max(failed, wrong ? 1 : 0)
      const seconds = ((Date.now() - started) / 1000).toFixed(1)
      const name = relative('.', join('test', file)).replace(/\.js$/, '.ts')
      process.stdout.write(
        `${wrong ? 'not ok' : 'ok'} ${name}: ${passed} tests, ${seconds} s${signal ? `, ${signal}` : ''}\n`
      )
      if (long) for (const line of output.match(/^\s*# .+: .+$/gm) ?? []) process.stdout.write(`  ${line.trim()}\n`)
      for (const line of output.match(/^ok \d+ - .*# SKIP.*$/gm) ?? []) process.stdout.write(`  skipped ${line}\n`)
      if (wrong) process.stdout.write(output.replace(/^/gm, '    ') + '\n')
      resolve()
    })
  })
}
