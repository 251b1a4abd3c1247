import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import test from 'brittle'
import { until } from '../helpers/network.js'

const ASK = fileURLToPath(new URL('fixtures/ask.js', import.meta.url))

test(
  'the process of a statement does not outlive a pull that is killed',
  { timeout: 600_000, skip: process.platform !== 'linux' },
  async (t) => {
    const pull = spawn(process.execPath, [ASK, join(await t.tmp(), 'engine')], { stdio: ['ignore', 'pipe', 'inherit'] })
    const exited = once(pull, 'exit')
    await once(pull.stdout, 'data')
    const children = await readFile(`/proc/${pull.pid}/task/${pull.pid}/children`, 'utf8')
    const [engine] = children.trim().split(' ')
    t.ok(await isRunning(engine!), 'a statement runs')
    pull.kill('SIGKILL')
    await exited
    await until(async () => !(await isRunning(engine!)))
    t.pass('it ended')
  }
)

/** Whether there is such a process; one that ended and whose parent has not yet noticed is none. */
async function isRunning(pid: string): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  return stat !== null && !/\) Z /.test(stat)
}
