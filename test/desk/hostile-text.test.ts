// What strangers wrote, as the moderator's commands print it: by real processes, into pipes and on a terminal with colours.
import crypto from 'hypercore-crypto'
import type Hypercore from 'hypercore'
import test, { type Assert } from 'brittle'
import { formatKey, parseLink } from '../../lib/dataset/link.js'
import { signAppeal } from '../../lib/network/inbox/offer.js'
import { HAS_TERMINAL, type Running } from '../helpers/cli.js'
import { Net, type Party } from '../helpers/net.js'
import { makeVolume, Offerer, offerOf, type VolumeParts } from '../helpers/network.js'

/** What acts on a terminal or hides: C0 but line feed, DEL and C1, separators, marks for the order of text, byte order mark. */
const ACTS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff]/

/** Between marks, so that they are found where a terminal's own sequences stand, too. */
const marked = (characters: string[]) => characters.map((each) => `‹${each}x›`).join('')
/** Where text may hold anything: colours such as vdata's own, titles, strings for the terminal, bells, backspaces and the rest. */
// prettier-ignore
const ANYTHING = marked([
  '\u001b[31m', '\u001b[2J', '\u001b]0;title\u0007', '\u001bPq\u001b\\', '\u009b2J', '\u009d0;title\u009c', '\u001bc',
  '\u0000', '\u0007', '\b', '\r', '\u007f', '\u0085', '\u2028', '\u2029', '\u202e', '\u202d', '\u2066', '\u2069', '\ufeff'
])
/** Where control characters are refused: names and facets. */
const LABEL = marked(['\u202a', '\u202e', '\u2066', '\u2069', '\ufeff'])

const RECORDS = [
  {
    kind: 'text',
    text: `Plain ${ANYTHING}`,
    topic: LABEL,
    tags: [LABEL],
    model: LABEL,
    extra: { [ANYTHING]: ANYTHING }
  },
  {
    kind: 'instruction',
    prompt: ANYTHING,
    response: `Write to jane@acme.org. ${ANYTHING}`,
    provider: LABEL,
    recipe: LABEL
  },
  { kind: 'chat', messages: [{ role: 'user', content: ANYTHING, name: LABEL }] }
]

/** Everything that was printed holds nothing that acts, and the hostile text was in it at all. */
function harmless(t: Assert, what: string, text: string, expected = true): void {
  const found = ACTS.exec(text)
  t.absent(found, `${what}${found ? `: ${JSON.stringify(text.slice(found.index - 30, found.index + 30))}` : ''}`)
  if (expected) t.ok(text.includes('‹'), `${what} has it`)
}

/** The same for a terminal, where vdata itself sets colours and moves the cursor: between the marks. */
function harmlessBetweenMarks(t: Assert, what: string, screen: string): void {
  const between = Array.from(screen.matchAll(/‹([^›]*)›/g), ([, inner = '']) => inner.replace(/\r\n(?:\| )?/g, ' '))
  t.ok(between.length > 0, `${what}: ${between.length} marks`)
  t.alike(
    between.filter((inner) => ACTS.test(inner)),
    [],
    `${what}: nothing acts`
  )
}

async function walk(owner: Party): Promise<string> {
  const running = owner.person(['index', 'review'])
  let heard = 0
  const press = async (question: string, key: string) => {
    await running.said(new RegExp(`^[^]{${heard}}[^]*?${question}`))
    heard = running.stdout.length
    running.stdin.write(key)
  }
  await press('Volume 1 of', 'l')
  for (const [i] of RECORDS.entries()) await press(`Record ${i + 1} of ${RECORDS.length}`, 'k')
  await press('Volume 1 of', 'q')
  return (await running.exited).stdout
}

test('nothing of a contributor acts on the moderator’s terminal', { timeout: 600_000 }, async (t) => {
  const net = await Net.start(t)
  const { moderator: owner, link } = await net.dataset('walls')
  const desk = await owner.serve('index', 'serve', '--auto', 'review')
  const stranger = await Offerer.create(t)
  const index = parseLink(link).key
  const [host = '', port = ''] = net.bootstrap.split(':')
  const network = { bootstrap: [{ host, port: Number(port) }], host: '127.0.0.1' }
  stranger.online(t, crypto.discoveryKey(index), network)

  const { contributor } = stranger
  const publicKey = formatKey(contributor.publicKey)
  const make = async (parts: Omit<VolumeParts, 'contributor'>): Promise<[Hypercore, string]> => {
    const volume = await makeVolume(stranger.store, { contributor, ...parts })
    return [volume, formatKey(volume.key)]
  }
  const header = { contributor: { publicKey, name: LABEL }, license: LABEL, tool: LABEL }
  const lines = RECORDS.map((record) => JSON.stringify(record))
  const [volume, id] = await make({ batches: [lines], header })
  const offer = offerOf(volume, index, contributor)
  stranger.offer(offer)
  await desk.event('queued', (event) => event.volume === id)
  await owner.result('index', 'reject', id, '--reason', 'spam', '--note', 'No.')
  stranger.offer(signAppeal(offer, ANYTHING, contributor))
  await desk.event('queued', (event) => event.volume === id && event.appeal === ANYTHING)

  const look = async (...args: string[]) => {
    const what = args.join(' ')
    const plain = await owner.plain(args)
    t.is(plain.code, 0, plain.stderr)
    // What was refused has nothing but keys, addresses and codes.
    harmless(t, what, plain.stdout + plain.stderr, args[1] !== 'refused')
  }
  /** Also as JSON, and at a terminal. */
  const lookTwice = async (...args: string[]) => {
    const what = args.join(' ')
    harmless(t, `${what} --json`, (await owner.run(args)).stdout)
    if (HAS_TERMINAL) harmlessBetweenMarks(t, `${what} at a terminal`, (await owner.person(args).exited).stdout)
  }
  const show = ['index', 'show', id, '-n', '100']
  await Promise.all([look('index', 'queue'), look(...show), lookTwice('index', 'queue'), lookTwice(...show)])
  if (HAS_TERMINAL) harmlessBetweenMarks(t, 'index review', await walk(owner))

  // Accepted, it is what the next one's records are like.
  await owner.result('index', 'accept', id)
  const [next, nextId] = await make({ batches: [lines.toReversed()], header })
  stranger.offer(offerOf(next, index, contributor))
  const { objections } = await desk.event('queued', (event) => event.volume === nextId)
  t.ok((objections as { code: string }[]).some(({ code }) => code === 'dataset_duplicate'))
  t.ok((await owner.plain(['index', 'show', nextId, '-n', '0'])).stdout.includes('neighbour'))
  const [late] = await make({})
  stranger.offer(offerOf(late, index, contributor, { expiry: 1 }))
  await stranger.answer(late, ({ code }) => code === 'expired')
  const lists = ['contributors', 'volumes', 'log', 'refused']
  await Promise.all([look('index', 'show', nextId), look('info', link), ...lists.map((list) => look('index', list))])
  harmless(t, 'what the serving process said', said(desk))
})

function said({ stdout, stderr }: Running): string {
  return stdout + stderr
}
