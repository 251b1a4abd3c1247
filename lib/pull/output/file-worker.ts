// A worker thread that writes a file: see file-thread.ts.
import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import { decodeBatch } from '../../volume/frame.js'
import { withoutDropped } from '../drops.js'
import { describeError } from '../thread-error.js'
import { compressorFor } from './compress.js'
import { DirectFile } from './direct-file.js'
import type { FileAnswer, FileOrder, FileWork, Piece } from './file-thread.js'

const { descriptor, path, target } = workerData as FileWork
const file = DirectFile.open(descriptor, path)
file.catch(() => {})
const compressor = compressorFor(target)
const hash = createHash('sha256')
let bytes = 0

let turn: Promise<void> = Promise.resolve()

parentPort?.on('message', (order: FileOrder) => {
  // Batches are decompressed side by side, as many as were sent, and written in their order.
  const raw = order === 'end' ? null : open(order)
  raw?.catch(() => {})
  turn = turn.then(async () => {
    if (order === 'end' || !raw) return end()
    const piece = await raw
    await write(compressor ? await compressor.push(piece) : piece)
    answer({ appended: 'block' in order ? order.block.length : order.bytes.length })
  })
  turn.catch((error: unknown) => answer({ error: describeError(error) }))
})

async function open(piece: Piece): Promise<Buffer> {
  if (!('block' in piece)) return asBuffer(piece.bytes)
  const { raw } = await decodeBatch(asBuffer(piece.block))
  return piece.drops.length > 0 ? withoutDropped(raw, piece.drops) : raw
}

async function end(): Promise<void> {
  if (compressor) await write(await compressor.end())
  await (await file).end()
  answer({ written: { bytes, sha256: hash.digest('hex') } })
}

async function write(data: Buffer): Promise<void> {
  if (data.length === 0) return
  hash.update(data)
  bytes += data.length
  await (await file).append(data)
}

function answer(message: FileAnswer): void {
  parentPort?.postMessage(message)
}

/** A Buffer that went through a message is a plain array of bytes. */
function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}
