// A flood of offers: 100 identities at eleven addresses of the loopback network, 99 of which only want to be in the way.
import { randomBytes } from 'node:crypto'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import test, { type Assert } from 'brittle'
import crypto from 'hypercore-crypto'
import { parseBootstrap } from '../../bin/addresses.js'
import { formatKey, parseLink } from '../../lib/dataset/link.js'
import { countRefused, type Refused } from '../../lib/dataset/refusal-log.js'
import { Identity, type KeyPair } from '../../lib/network/identity.js'
import { InboxChannel } from '../../lib/network/inbox/channel.js'
import { signOffer, type Answer, type Offer } from '../../lib/network/inbox/offer.js'
import { Cli } from '../helpers/cli.js'
import { Net, Party } from '../helpers/net.js'
import { until } from '../helpers/network.js'
import { newStranger, type Stranger } from '../network/stranger.js'

const HOSTILE = 99
const ADDRESSES = 11
const OFFERS = 10_000
const HONEST = '127.0.0.50'
/** A queue that is full, and a log of two files that are; the rest is what an empty dataset takes. */
const DISK_MAX = 64e6
const MEMORY_MAX = 600e6

/** Somebody who offers what nobody will ever be sent. */
class Hostile {
  readonly contributor: KeyPair = new Identity(randomBytes(32)).contributor
  readonly answers: Answer[] = []
  readonly #inbox: InboxChannel

  private constructor(dht: Stranger, moderator: Buffer) {
    const connection = dht.connect(moderator, { keyPair: crypto.keyPair() })
    connection.on('error', () => {})
    this.#inbox = new InboxChannel(connection, { accepts: false, onanswer: (answer) => this.answers.push(answer) })
  }

  static async connect(dht: Stranger, moderator: Buffer): Promise<Hostile> {
    const hostile = new Hostile(dht, moderator)
    await until(() => hostile.#inbox.accepts)
    return hostile
  }

  /** Whether its connection was cut: what was on its way then is lost. */
  get gone(): boolean {
    return this.#inbox.connection.destroyed
  }

  send(offer: Offer): void {
    this.#inbox.send(offer)
  }

  /** A new offer: most of them as they should be, but for their volume, which does not exist. */
  offer(index: Buffer, nth: number): Offer {
    const expiry = nth % 16 === 1 ? 1 : Math.floor(Date.now() / 1000) + 3600
    const bytes = nth % 16 === 2 ? 2 ** 45 : 1_000
    const offer = signOffer({ index, volume: randomBytes(32), length: 2, bytes, records: 3, expiry }, this.contributor)
    if (nth % 16 === 3) offer.signature[0]! ^= 1
    return offer
  }
}

/** Nodes of the DHT at other addresses than everyone else. */
async function nodesOf(t: Assert, bootstrap: string): Promise<Stranger[]> {
  const entry = parseBootstrap(bootstrap)!
  const nodes = Array.from({ length: ADDRESSES }, (_, i) => {
    return newStranger(t, { bootstrap: entry, host: `127.0.0.${10 + i}` })
  })
  await Promise.all(nodes.map((node) => node.ready()))
  return nodes
}

async function diskUse(folder: string): Promise<number> {
  const names = (await readdir(folder, { recursive: true })).map(String)
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        ({ size }) => size,
        () => 0
      )
    )
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

async function memoryOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1000
}

test(
  '10,000 offers of 100 identities, 99 of them hostile: the honest one is served, and the log says what was refused',
  { timeout: 300_000, skip: process.platform !== 'linux' },
  async (t) => {
    const net = await Net.start(t)
    const { moderator, link } = await net.dataset('flooded')
    const desk = await moderator.serve('index', 'serve')
    const status = await moderator.result('status')
    const [{ serving }] = status.moderating as [{ serving: { dataset: { moderators: [{ key: string }] } } }]
    const index = parseLink(link).key
    const key = parseLink(`vdata://${serving.dataset.moderators[0].key}`).key
    const nodes = await nodesOf(t, net.bootstrap)
    const hostile = await Promise.all(
      Array.from({ length: HOSTILE }, (_, i) => Hostile.connect(nodes[i % nodes.length]!, key))
    )
    let sent = 0
    while (sent < OFFERS) {
      const who = hostile[sent % HOSTILE]!
      who.send(who.offer(index, Math.floor(sent++ / HOSTILE)))
    }
    const taken = () =>
      hostile.reduce((sum, { answers }) => sum + answers.filter(({ status: said }) => said === 'queued').length, 0)

    const honest = new Party(await Cli.create(t), net.bootstrap, { host: HONEST })
    const file = honest.path('in.jsonl')
    await writeFile(file, JSON.stringify({ kind: 'text', text: 'A short note on rivers.', license: 'CC0-1.0' }) + '\n')
    const { code, events } = await honest.run(['share', file, '--to', link, '--wait', '120', '--no-check'])
    t.is(code, 0, 'the honest one is served')
    t.ok(
      events.some(({ event, verdict }) => event === 'verdict' && (verdict as { status: string }).status === 'accepted')
    )

    const refused = async () => {
      const { stdout } = await moderator.run(['index', 'refused'])
      return countRefused((JSON.parse(stdout) as Refused[]).filter(({ address }) => address !== HONEST))
    }
    const total = (counts: { [code: string]: number }) => Object.values(counts).reduce((sum, each) => sum + each, 0)
    // Those that had to make room were taken before.
    const turnedAway = async () => {
      const { made_room: _, ...counts } = await refused()
      return counts
    }
    const whole = async () => total(await turnedAway()) + taken() === sent
    await until(async () => (await whole()) || hostile.some(({ gone }) => gone))
    const counts = await turnedAway()
    const { stdout: queue } = await moderator.run(['index', 'queue'])
    const waiting = (JSON.parse(queue) as unknown[]).length
    t.comment(`${taken()} of ${sent} taken, ${waiting} in the queue; refused: ${JSON.stringify(counts)}`)
    t.ok(waiting <= 2_000, 'the queue has its end')
    t.ok(total(counts) + taken() <= sent, 'each is counted once')
    for (const reason of ['expired', 'too_large', 'bad_signature']) {
      t.ok(counts[reason]! > 0, `${reason} is in the log`)
    }
    const [memory, disk] = [await memoryOf(desk.pid), await diskUse(moderator.path('datasets', 'flooded'))]
    t.ok(memory < MEMORY_MAX, `${(memory / 1e6).toFixed(0)} MB of memory`)
    t.ok(disk < DISK_MAX, `${(disk / 1e6).toFixed(1)} MB on disk`)

    // A ban outlives the process.
    const banned = hostile[0]!
    const contributor = formatKey(banned.contributor.publicKey)
    await moderator.result('index', 'ban', contributor, '--reason', 'spam')
    desk.kill('SIGKILL')
    await desk.exited
    await moderator.serve('index', 'serve')
    const again = await Hostile.connect(nodes[0]!, key)
    again.send(signedBy(banned.contributor, index))
    await until(() => again.answers.length > 0)
    t.is(again.answers[0]?.status, 'banned')
  }
)

function signedBy(contributor: KeyPair, index: Buffer): Offer {
  const expiry = Math.floor(Date.now() / 1000) + 3600
  return signOffer({ index, volume: randomBytes(32), length: 2, bytes: 1_000, records: 3, expiry }, contributor)
}
