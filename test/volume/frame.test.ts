import zlib from 'node:zlib'
import test from 'brittle'
import zstd from '@mongodb-js/zstd'
import { compress } from '../../lib/volume/codec.js'
import { VolumeFault, type FaultCode } from '../../lib/volume/faults.js'
import { decodeBatch, encodeBatch, FRAME_BYTES, readFrame, splitLines } from '../../lib/volume/frame.js'
import { faultOf, frameOf, jsonLines, storedBlock, texts, withDeclared, zstdFrame } from './helpers/data.js'

const MiB = 1024 * 1024

/** Forty lines with umlauts, as every supported Node wrote them: byte for byte the same on 20.19, 22 and 24. */
const WRITTEN =
  'AQEoAAAAhAkAACi1L/2AWIQJAAAtCQACDCMhoCfp//MmYPiWKmw8nszPNlnmSv+vIFJKKXdKgMW9t1YrJ2tI6MtT1vrB89dvH7G/opvTTnTtTDdb' +
  'lsv8up1mPLm/9GmLvWvtXKvUopWqbbWweeqge4k3rKyzzxNvq/srgIJZYHgoVBIFUqgoEAMlcTQsHBaJgmJQORDIIWCMAJMgHIkxDMEBYmASAm2o' +
  'cZC9X9sBYJOCwuQBEsiiGEKwUhRmEWFFuPkBIJUjoI9RRw7HR+YPR/+Z6nFHulOZW44adJAPZJajHNhRVqbqcqXiuIPhESjTCdoRNPNV0TzZw8ux' +
  'dOYDf4B/3N2MvlwZ8lkylCNjYKXEwMyGYcOw/r7IYf+4y2c1tfZht9DRn/bf8IFZqE4YPXb9DRY8hL2GSuehBg=='
/** The same lines by another encoder: level 19 of zstd 1.5.7, one segment, a content size of two bytes and a checksum. */
const WRITTEN_ELSEWHERE =
  'KLUv/WSECE0IADJNJR+gKR3/cyMw3AJnMdlv3t/YHVX3ECm3lDKlanHXcGoEgMeBRCqLVb6KR5iedcfaC+u33/YR+2To57QT3UtGP1+a7cr1+3Ze' +
  'jUdO2SesK7W9pmS9qhp6ey5y26zV2qzCo6bEH1pasuuJ99V9KuBxIJEKY2FY0LJADBZFI6FMKIrCwqClQRgawWECh9FoGIc5hIThcBwBXagRQPFp' +
  'n92AFxQkxQEiCKBQBF9ECGZLwopwP6objx/lQXYYq+3hLPVNPaOvqw/uca+OKgQ2gGPejahqdCmjaoxQuEhFbM4QBu1zRxDopVi0y/PI+cdbsoD7' +
  'z1aRRPE+ag9d9w9d+ly9lf3lo1L3qwEvX6ec'

function germanLines(): Buffer {
  const numbers = Array.from({ length: 40 }, (_, i) => i)
  return jsonLines(
    numbers.map((i) => ({ kind: 'text', text: `Zeile ${i}: größer als ${(i * 7) % 13} ist ${(i * 31) % 97} ✓` }))
  )
}

test('a batch decodes to what it was made of', async (t) => {
  for (const count of [1, 2, 3_000, 65_536]) {
    const lines = count === 65_536 ? Buffer.from('{}\n'.repeat(count)) : jsonLines(texts(count))
    const block = await encodeBatch(lines, count)
    t.alike(await decodeBatch(block), { records: count, raw: lines })
  }
  const raw = germanLines()
  t.alike(splitLines(raw).join('\n') + '\n', raw.toString())
})

test('what one version of Node writes, every other one reads', async (t) => {
  const lines = germanLines()
  const written = Buffer.from(WRITTEN, 'base64')
  t.alike(await decodeBatch(written), { records: 40, raw: lines })
  t.alike(await encodeBatch(lines, 40), written)
  t.alike(await decodeBatch(frameOf(40, lines.length, Buffer.from(WRITTEN_ELSEWHERE, 'base64'))), {
    records: 40,
    raw: lines
  })
  // The other engine, where this Node has both, and a big batch of several zstd blocks.
  const big = jsonLines(texts(30_000))
  const { payload } = readFrame(await encodeBatch(big, 30_000))
  t.ok((await zstd.decompress(payload)).equals(big))
  const other = await zstd.compress(big)
  t.alike(await faultOf(decodeBatch(frameOf(30_000, big.length, other))), 'BAD_PAYLOAD', 'no content size in it')
})

test('every way in which a block can be wrong has its code', async (t) => {
  const lines = jsonLines(texts(100))
  const good = await encodeBatch(lines, 100)
  const payload = good.subarray(FRAME_BYTES)
  const edited = (at: number, byte: number) => {
    const block = Buffer.from(good)
    block[at] = byte
    return block
  }
  const notUtf8 = Buffer.from('{"kind":"text","text":"\xff"}\n', 'latin1')
  const twoLines = Buffer.from('{}\n{}')
  const bomb = await compress(Buffer.alloc(5 * MiB, '\n'))
  const wrong: [FaultCode, string, Buffer][] = [
    ['BAD_FRAME', 'nothing', Buffer.alloc(0)],
    ['BAD_FRAME', 'only a frame', good.subarray(0, FRAME_BYTES)],
    ['BAD_FRAME', 'another version', edited(0, 2)],
    ['BAD_FRAME', 'no records', frameOf(0, lines.length, payload)],
    ['BAD_CODEC', 'another codec', edited(1, 0)],
    ['TOO_LARGE', 'too many records', frameOf(65_537, lines.length, payload)],
    ['TOO_LARGE', '2 MiB and a byte', Buffer.concat([good, Buffer.alloc(2 * MiB + 1 - good.length)])],
    ['TOO_LARGE', 'a bomb that says what it is', frameOf(100, 5 * MiB, bomb)],
    ['WRONG_LENGTH', 'a bomb that its frame hides', frameOf(100, MiB, bomb)],
    ['BAD_PAYLOAD', 'a bomb that hides itself', frameOf(100, MiB, withDeclared(bomb, MiB))],
    ['WRONG_LENGTH', 'a byte too many', frameOf(100, lines.length + 1, payload)],
    ['BAD_PAYLOAD', 'a byte too many, twice', frameOf(100, lines.length + 1, withDeclared(payload, lines.length + 1))],
    ['BAD_PAYLOAD', 'a byte too few, twice', frameOf(100, lines.length - 1, withDeclared(payload, lines.length - 1))],
    ['BAD_PAYLOAD', 'a truncated payload', good.subarray(0, good.length - 1)],
    ['BAD_PAYLOAD', 'half a payload', good.subarray(0, good.length / 2)],
    ['BAD_PAYLOAD', 'a byte behind it', Buffer.concat([good, Buffer.alloc(1)])],
    ['BAD_PAYLOAD', 'two zstd frames', Buffer.concat([good, payload])],
    ['BAD_PAYLOAD', 'something else', frameOf(100, lines.length, zlib.gzipSync(lines))],
    ['WRONG_COUNT', 'a record too many', frameOf(101, lines.length, payload)],
    ['WRONG_COUNT', 'a record too few', frameOf(99, lines.length, payload)],
    ['WRONG_COUNT', 'no last newline', frameOf(2, twoLines.length, await compress(twoLines))],
    ['NOT_UTF8', 'Latin-1', frameOf(1, notUtf8.length, await compress(notUtf8))]
  ]
  for (const [code, what, block] of wrong) t.is(await faultOf(decodeBatch(block)), code, what)
})

test('a zstd frame is refused for its structure, before it is decompressed', async (t) => {
  const raw = jsonLines(texts(10))
  const declared = Buffer.alloc(4)
  declared.writeUInt32LE(raw.length)
  const size = [...declared]
  const good = zstdFrame([0x80, 0x58, ...size], [storedBlock(raw, true)])
  t.alike(await decodeBatch(frameOf(10, raw.length, good)), { records: 10, raw }, 'a stored block is well')

  const empty = storedBlock(Buffer.alloc(0), false)
  const wrong: [string, Buffer][] = [
    ['a dictionary', zstdFrame([0x81, 0x58, 7, ...size], [storedBlock(raw, true)])],
    ['a reserved bit', zstdFrame([0x88, 0x58, ...size], [storedBlock(raw, true)])],
    ['no content size', zstdFrame([0x00, 0x58], [storedBlock(raw, true)])],
    ['a window of 16 MiB', zstdFrame([0x80, 0x70, ...size], [storedBlock(raw, true)])],
    ['a reserved block', zstdFrame([0x80, 0x58, ...size], [[(raw.length << 3) | 7, raw]])],
    ['a block over 128 KiB', zstdFrame([0x80, 0x58, ...size], [[((128 * 1024 + 1) << 3) | 3, Buffer.alloc(1)]])],
    ['a block over the window', zstdFrame([0x80, 0x00, ...size], [[(1025 << 3) | 3, Buffer.alloc(1)]])],
    ['more than it says', zstdFrame([0x80, 0x58, ...size], [[(2000 << 3) | 3, Buffer.alloc(1)]])],
    ['no checksum', zstdFrame([0x84, 0x58, ...size], [storedBlock(raw, true)])],
    ['513 blocks', zstdFrame([0x80, 0x58, ...size], [...Array(512).fill(empty), storedBlock(raw, true)])],
    ['no last block', zstdFrame([0x80, 0x58, ...size], [storedBlock(raw, false)])]
  ]
  for (const [what, frame] of wrong) {
    t.is(await faultOf(decodeBatch(frameOf(10, raw.length, frame))), 'BAD_PAYLOAD', what)
  }
  const huge = zstdFrame([0xe0, 255, 255, 255, 255, 255, 255, 255, 255], [storedBlock(raw, true)])
  t.is(await faultOf(decodeBatch(frameOf(10, raw.length, huge))), 'WRONG_LENGTH', 'a content size of 2^64 - 1')
})

test('the encoder keeps to the limits, too', async (t) => {
  t.is(await faultOf(encodeBatch(Buffer.alloc(0), 0)), 'BAD_FRAME')
  t.is(await faultOf(encodeBatch(Buffer.alloc(4 * MiB + 1, '\n'), 9)), 'TOO_LARGE')
  t.is(await faultOf(encodeBatch(Buffer.from('\n'), 65_537)), 'TOO_LARGE')
})

test('a fault says where it is', (t) => {
  const fault = new VolumeFault('NOT_JSON', 'it is not JSON.').at({ block: 3, record: 7 })
  t.is(fault.message, 'In block 3, record 7: it is not JSON.')
  t.alike([fault.code, fault.failure, fault.block, fault.record], ['NOT_JSON', 'verification', 3, 7])
})
