// Volumes that are offered truly, and are not what the format says: made below the writer, with hypercore itself.
import test from 'brittle'
import type Hypercore from 'hypercore'
import { formatKey } from '../../lib/dataset/link.js'
import { compress } from '../../lib/volume/codec.js'
import { encodeBatch } from '../../lib/volume/frame.js'
import {
  makeVolume,
  newModerator,
  Offerer,
  offerOf,
  privateNetwork,
  sealBlocks,
  textLines,
  until,
  type VolumeParts
} from '../helpers/network.js'
import { frameOf, storedBlock, withDeclared, zstdFrame } from '../volume/helpers/data.js'

const good = textLines(3)
const raw = Buffer.from(good.map((line) => line + '\n').join(''))

function lines(text: string, records: number): Promise<Buffer> {
  return encodeBatch(Buffer.from(text), records)
}

/** Volumes that are not, by the reason for which the moderator has to refuse them. */
async function badVolumes(): Promise<[code: string, parts: Omit<VolumeParts, 'contributor'>][]> {
  const payload = await compress(raw)
  const whole = await encodeBatch(raw, 3)
  const bomb = zstdFrame([0xa0, 0, 0, 0x40, 0], [storedBlock(Buffer.alloc(1000, 'x'), true)])
  return [
    ['bad_payload', { blocks: [whole.subarray(0, -7)] }],
    ['wrong_count', { blocks: [frameOf(2, raw.length, payload)] }],
    ['wrong_length', { blocks: [frameOf(3, raw.length + 1, payload)] }],
    ['bad_payload', { blocks: [frameOf(3, raw.length - 1, withDeclared(payload, raw.length - 1))] }],
    ['too_large', { blocks: [frameOf(3, 5 * 1024 * 1024, bomb)] }],
    ['bad_payload', { blocks: [frameOf(3, 4 * 1024 * 1024, bomb)] }],
    ['too_large', { blocks: [Buffer.alloc(2 * 1024 * 1024 + 1, 1)] }],
    ['not_json', { blocks: [await lines('{"kind":"text","text":"a"}\nno\n{}\n', 3)] }],
    ['bad_record', { blocks: [await lines(`${good[0]}\n${good[1]}\n{"kind":"text","text":7}\n`, 3)] }],
    ['bad_record', { blocks: [await lines(`{"kind":"text","text":"${'x'.repeat(1024 * 1024)}"}\n`, 1)] }],
    ['not_utf8', { blocks: [await encodeBatch(Buffer.from([...Buffer.from('{"kind":"'), 0xff, 0x0a]), 1)] }],
    ['bad_codec', { blocks: [Buffer.concat([Buffer.from([1, 9]), whole.subarray(2)])] }],
    ['bad_frame', { blocks: [Buffer.alloc(5)] }],
    ['wrong_totals', { header: { raw_bytes: 1 } }]
  ]
}

test('a volume that is not well is refused with its reason code, and the node lives on', async (t) => {
  const network = await privateNetwork(t)
  const moderator = await newModerator(t)
  await moderator.serve(network)
  const faults: unknown[] = []
  moderator.on('fault', (error) => faults.push(error))
  const offerer = await Offerer.create(t)
  offerer.online(t, moderator.index.core.discoveryKey, network)
  const expected: [string, Hypercore][] = []
  for (const [code, parts] of await badVolumes()) {
    expected.push([code, await makeVolume(offerer.store, { contributor: offerer.contributor, ...parts })])
  }
  expected.push(['bad_header', await sealBlocks(offerer.store, [Buffer.from('{"format":'), await encodeBatch(raw, 3)])])
  for (const [, volume] of expected) offerer.offer(offerOf(volume, moderator.index.core.key, offerer.contributor))
  for (const [code, volume] of expected) {
    const id = formatKey(volume.key)
    await until(() => moderator.index.verdict(id))
    const verdict = await moderator.index.verdict(id)
    t.is(verdict?.status, 'rejected')
    t.is(verdict?.reasons[0]?.code, code, `${code}: ${verdict?.reasons[0]?.note}`)
    t.is(await moderator.index.volume(id), null)
  }
  await until(async () => (await moderator.queue()).length === 0)
  t.alike(faults, [])
  const fine = await makeVolume(offerer.store, { contributor: offerer.contributor, batches: [textLines(3, 'fine')] })
  offerer.offer(offerOf(fine, moderator.index.core.key, offerer.contributor))
  await until(() => moderator.index.volume(formatKey(fine.key)))
  t.pass('the next one is accepted')
})
