// Runs a script of hosts in a network of its own: see hosts.ts. That needs root, iproute2, a C compiler and /dev/net/tun.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import type { Assert } from 'brittle'
import { needsShared, sharedPath } from '../helpers/shared.js'

const WAN = 'wan/with-wan'
/** Milliseconds of round trip, percent lost, Mbit/s, hosts. */
const LINK = ['80', '2', '50', '4']
const able = process.getuid?.() === 0 && has('/dev/net/tun') && ['ip', 'cc'].every(isInstalled)

export const skip = !able || needsShared(WAN).skip === true

/** Runs one of the scripts beside this file; returns what it printed last, as JSON. */
export async function onHosts<T>(t: Assert, script: string): Promise<T> {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const child = spawn(sharedPath(WAN), [...LINK, process.execPath, path], { stdio: ['ignore', 'pipe', 'pipe'] })
  t.teardown(() => child.kill('SIGTERM'))
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  const [code] = (await once(child, 'close')) as [number | null]
  t.is(code, 0, err)
  return JSON.parse(out.trimEnd().split('\n').at(-1) || 'null') as T
}

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
