// A worker thread that decompresses, parses and renders batches, so that the thread of the network need not.
import { Buffer } from 'node:buffer'
import { parentPort, workerData } from 'node:worker_threads'
import { decodeBatch } from '../../volume/frame.js'
import { withoutDropped } from '../drops.js'
import { describeError } from '../thread-error.js'
import type { Job, JobAnswer } from './pool.js'
import { render, type RenderSpec, type TokenCounter } from './render.js'

const spec = workerData as RenderSpec
let tokens: Promise<TokenCounter> | undefined

parentPort?.on('message', (job: Job) => {
  void answer(job).then(({ message, transfer }) => parentPort?.postMessage(message, transfer))
})

async function answer(job: Job): Promise<{ message: JobAnswer; transfer: ArrayBuffer[] }> {
  try {
    const bytes = Buffer.from(job.bytes.buffer, job.bytes.byteOffset, job.bytes.byteLength)
    const lines = job.encoded ? (await decodeBatch(bytes)).raw : bytes
    const raw = job.drops.length > 0 ? withoutDropped(lines, job.drops) : lines
    const counter = spec.maxTokens === undefined ? undefined : await (tokens ??= loadTokens())
    const rendered = render(raw, job.whole, spec, counter)
    // What has a buffer of its own goes over without being copied.
    const { buffer, byteLength } = rendered.data
    const transfer = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : []
    return { message: { id: job.id, rendered }, transfer }
  } catch (error) {
    return { message: { id: job.id, error: describeError(error) }, transfer: [] }
  }
}

async function loadTokens(): Promise<TokenCounter> {
  const { countTokens } = await import('gpt-tokenizer/encoding/o200k_base')
  // Text that looks like a control token is text.
  return (text) => countTokens(text, { disallowedSpecial: new Set() })
}
