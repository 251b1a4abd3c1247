// A worker thread that writes a file: see file-thread.ts.
import { Buffer } from 'node:buffer'
import { parentPort } from 'node:worker_threads'
import { loadCodec } from '../../volume/codec.js'
import { decodeBatch } from '../../volume/frame.js'
import { withoutDropped } from '../drops.js'
import { describeError } from '../thread-error.js'
import { compressorFor } from './compress.js'
import { DirectFile } from './direct-file.js'
import type { FileAnswer, FileOrder, FileWork, Piece } from './file-thread.js'

let file: DirectFile
let compressor: ReturnType<typeof compressorFor>
let bytes = 0

let turn: Promise<void> = Promise.resolve()

// The first batch would wait for it, so it is loaded while there is nothing to do yet. Who needs it meets its error.
loadCodec().catch(() => {})

parentPort?.on('message', (order: FileOrder) => {
  // Batches are decompressed as they come, side by side where the codec uses the thread pool, and written in their order.
  const raw = isPiece(order) ? open(order) : null
  raw?.catch(() => {})
  turn = turn.then(async () => {
    if (order === 'end') return end()
    if (!isPiece(order)) return begin(order)
    const piece = await raw!
    await write(compressor ? await compressor.push(piece) : piece)
    answer({ appended: 'block' in order ? order.block.length : order.bytes.length })
  })
  turn.catch((error: unknown) => answer({ error: describeError(error) }))
})

function isPiece(order: FileOrder): order is Piece {
  return order !== 'end' && !('descriptor' in order)
}

async function begin({ descriptor, path, target }: FileWork): Promise<void> {
  compressor = compressorFor(target)
  file = await DirectFile.open(descriptor, path)
}

async function open(piece: Piece): Promise<Buffer> {
  if (!('block' in piece)) return asBuffer(piece.bytes)
  const { raw } = await decodeBatch(asBuffer(piece.block))
  return piece.drops.length > 0 ? withoutDropped(raw, piece.drops) : raw
}

async function end(): Promise<void> {
  if (compressor) await write(await compressor.end())
  await file.end()
  answer({ written: { bytes, sha256: file.hash.digest('hex') } })
}

async function write(data: Buffer): Promise<void> {
  if (data.length === 0) return
  bytes += data.length
  await file.append(data)
}

function answer(message: FileAnswer): void {
  parentPort?.postMessage(message)
}

/** A Buffer that went through a message is a plain array of bytes. */
function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}
