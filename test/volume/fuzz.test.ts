import { createHash } from 'node:crypto'
import test from 'brittle'
import { VolumeFault } from '../../lib/volume/faults.js'
import { decodeBatch, encodeBatch } from '../../lib/volume/frame.js'
import { decodeHeader } from '../../lib/volume/header.js'
import { frameOf, jsonLines, texts } from './helpers/data.js'

/** Random numbers that are the same in every run, so that a failure can be repeated. */
function seeded(seed: string) {
  let count = 0
  let pool = Buffer.alloc(0)
  const bytes = (size: number) => {
    while (pool.length < size) pool = Buffer.concat([pool, createHash('sha512').update(`${seed} ${count++}`).digest()])
    const taken = pool.subarray(0, size)
    pool = pool.subarray(size)
    return Buffer.from(taken)
  }
  return { bytes, below: (max: number) => bytes(4).readUInt32LE() % max }
}

test('100,000 random and damaged blocks crash nothing', { timeout: 600_000 }, async (t) => {
  const random = seeded('blocks')
  const valid = await Promise.all([1, 5, 60].map((count) => encodeBatch(jsonLines(texts(count)), count)))
  const makers: (() => Buffer)[] = [
    () => random.bytes(random.below(100)),
    // A frame that passes, so that the payload is looked at; a zstd magic, so that its structure is.
    () => frameOf(1 + random.below(9), random.below(5000), random.bytes(random.below(100))),
    () => frameOf(1, 64, Buffer.concat([Buffer.from('28b52ffd2040', 'hex'), random.bytes(random.below(100))])),
    () => {
      const block = Buffer.from(valid[random.below(valid.length)]!)
      for (let edits = random.below(3); edits >= 0; edits--) block[random.below(block.length)] = random.below(256)
      return block
    },
    () => {
      const block = valid[random.below(valid.length)]!
      return block.subarray(0, random.below(block.length))
    }
  ]
  const outcomes = new Map<string, number>()
  const count = (outcome: string) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  const AT_ONCE = 500
  for (let i = 0; i < 100_000; i += AT_ONCE) {
    const blocks = Array.from({ length: AT_ONCE }, (_, j) => makers[(i + j) % makers.length]!())
    const results = await Promise.allSettled(blocks.map(decodeBatch))
    for (const result of results) {
      if (result.status === 'fulfilled') count('decoded')
      else if (result.reason instanceof VolumeFault) count(result.reason.code)
      else throw result.reason
    }
  }
  t.comment(JSON.stringify(Object.fromEntries(outcomes)))
  for (const outcome of [
    'decoded',
    'BAD_FRAME',
    'BAD_CODEC',
    'TOO_LARGE',
    'BAD_PAYLOAD',
    'WRONG_LENGTH',
    'WRONG_COUNT'
  ]) {
    t.ok((outcomes.get(outcome) ?? 0) > 0, `some are ${outcome}`)
  }
})

test('random headers crash nothing', (t) => {
  const random = seeded('headers')
  const parts = ['{', '}', '[', ']', '"format"', ':', '"vdata/volume"', ',', '"version"', '1', '"contributor"', 'null']
  for (let i = 0; i < 20_000; i++) {
    const block =
      i % 2 === 0
        ? random.bytes(random.below(80))
        : Buffer.from(Array.from({ length: random.below(30) }, () => parts[random.below(parts.length)]).join(''))
    try {
      decodeHeader(block)
      t.fail('this is no header: ' + block.toString('latin1'))
    } catch (error) {
      if (!(error instanceof VolumeFault && error.code === 'BAD_HEADER')) throw error
    }
  }
  t.pass()
})
