// Pulls over a link of 80 ms, 2 % loss and 50 Mbit/s while things go wrong. It needs root, iproute2, a C compiler and
// /dev/net/tun for a network of its own, and is skipped without them.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import test from 'brittle'
import { needsShared, sharedPath } from '../helpers/shared.js'

const WAN = 'wan/with-wan'
const HOSTS = fileURLToPath(new URL('hosts.js', import.meta.url))
const LINK = ['80', '2', '50', '4']
const able = process.getuid?.() === 0 && has('/dev/net/tun') && ['ip', 'cc'].every(isInstalled)
const skip = !able || needsShared(WAN).skip === true

test(
  'a pull survives the death of its only seeder, and a cut, byte for byte',
  { skip, timeout: 400_000 },
  async (t) => {
    const child = spawn(sharedPath(WAN), [...LINK, process.execPath, HOSTS], { stdio: ['ignore', 'pipe', 'pipe'] })
    t.teardown(() => child.kill('SIGTERM'))
    let [out, err] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
    const [code] = (await once(child, 'close')) as [number | null]
    t.is(code, 0, err)
    const outcomes = JSON.parse(out.trimEnd().split('\n').at(-1) ?? '[]') as { [field: string]: unknown }[]
    t.is(outcomes.length, 2)
    for (const { trouble, same, code: ended, seconds, fetched, stderr } of outcomes) {
      t.alike([ended, same], [0, true], `${String(trouble)}: ${String(stderr)}`)
      t.comment(`${Number(seconds).toFixed(0)} s, ${Number(fetched)} bytes fetched`)
    }
  }
)

function has(path: string, mode: number = constants.F_OK): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}

function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => has(join(folder, program), constants.X_OK))
}
