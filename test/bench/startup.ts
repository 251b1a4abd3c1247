import { spawn } from 'node:child_process'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { median, type Figure } from './figure.js'

const RUNS = 15
const VDATA = fileURLToPath(new URL('../../bin/vdata.js', import.meta.url))

/** The time of `vdata --help` from start to exit, against a Node that does nothing: medians of runs in turn. */
export async function benchStartup(): Promise<Figure[]> {
  const node: number[] = []
  const help: number[] = []
  // In turn, so that what else the machine does at the moment slows both.
  for (let run = 0; run < RUNS; run++) {
    node.push(await timed(['-e', '0']))
    help.push(await timed([VDATA, '--help']))
  }
  const [base, value] = [median(node), median(help)]
  return [
    { name: 'node -e 0', value: base, unit: 'ms' },
    { name: 'vdata --help', value, unit: 'ms', ratio: value / base, against: 'node -e 0', target: { most: 3 } }
  ]
}

function timed(args: string[]): Promise<number> {
  const start = performance.now()
  const child = spawn(process.execPath, args, { stdio: 'ignore' })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) => {
      if (code === 0) resolve(performance.now() - start)
      else reject(new Error(`node ${args.join(' ')} ended with ${code}`))
    })
  })
}
