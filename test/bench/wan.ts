import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { once } from 'node:events'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { sharedPath } from '../helpers/shared.js'
import { Skipped, type Figure } from './figure.js'

const WITH_WAN = sharedPath('wan', 'with-wan')
const HOSTS = fileURLToPath(new URL('wan-hosts.js', import.meta.url))
const RTT_MS = 50
const LOSS_PERCENT = 0
const RATE_MBIT = 100

/** A pull over a link with a round trip of 50 ms and 100 Mbit/s. */
export async function benchWan(): Promise<Figure[]> {
  const { rate } = await overWan('pull')
  const link = RATE_MBIT / 8
  return [
    { name: 'the link', value: link, unit: 'MB/s' },
    {
      name: 'pull over 50 ms',
      value: rate!,
      unit: 'MB/s',
      ratio: rate! / link,
      against: 'the link',
      target: { least: 0.88 }
    }
  ]
}

/** The first record that a program gets from a dataset that it never saw, over the same link. */
export async function benchFirstRecord(): Promise<Figure[]> {
  const { seconds } = await overWan('first')
  return [{ name: 'first record of a cold iterator over 50 ms', value: seconds!, unit: 's', target: { most: 1.5 } }]
}

/** An index of 10,000 volumes, opened for the first time over the same link. */
export async function benchIndex(): Promise<Figure[]> {
  const { seconds, bytes } = await overWan('index')
  return [
    {
      name: 'cold index of 10,000 volumes over 50 ms',
      value: seconds!,
      unit: 's',
      target: { most: 8 },
      note: `${(bytes! / 1e6).toFixed(1)} MB`
    }
  ]
}

async function overWan(what: 'pull' | 'index' | 'first'): Promise<{ [figure: string]: number }> {
  if (process.getuid?.() !== 0) throw new Skipped('a network of its own needs root')
  if (!existsSync(WITH_WAN)) throw new Skipped('../shared/wan is not here')
  if (!existsSync('/dev/net/tun')) throw new Skipped('there is no /dev/net/tun')
  const args = [RTT_MS, LOSS_PERCENT, RATE_MBIT, 3].map(String)
  const child = spawn(WITH_WAN, [...args, process.execPath, HOSTS, what], { stdio: ['ignore', 'pipe', 'inherit'] })
  let last = ''
  createInterface({ input: child.stdout }).on('line', (line) => (last = line))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code === 127) throw new Skipped('iproute2 or a C compiler is missing')
  if (code !== 0) throw new Error(`the hosts behind the link ended with ${code}`)
  return JSON.parse(last) as { [figure: string]: number }
}
