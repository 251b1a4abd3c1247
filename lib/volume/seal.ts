import { randomBytes } from 'node:crypto'
import type Corestore from 'corestore'
import type Hypercore from 'hypercore'
import crypto from 'hypercore-crypto'
import { VdataError } from '../errors.js'
import { throwIfInterrupted } from './abort.js'
import { readFrame } from './frame.js'
import { encodeHeader, type VolumeHeader } from './header.js'
import { VOLUME_LIMITS } from './limits.js'
import { readSpool } from './spool.js'
import { isStaticManifest, toVolume } from './static.js'

/** What is about to become a volume: its batches in a spool file, and their totals. Plain data: it can be kept as JSON. */
export interface Draft {
  /** Names the core that it is sealed into, so that a seal that was interrupted goes on where it was. */
  id: string
  path: string
  batches: number
  records: number
  rawBytes: number
  wireBytes: number
  /** SHA-256, in hex, of the SHA-256 of each batch's JSON Lines: equal where the same records were batched the same way. */
  contentHash: string
}

/** What a header says besides the totals, which the draft knows. */
export type SealInfo = Pick<VolumeHeader, 'contributor' | 'license' | 'created_at' | 'tool'>

export interface SealedVolume {
  key: Buffer
  /** Blocks, the header among them. */
  length: number
  /** Bytes on the wire, the header among them. */
  byteLength: number
  records: number
  rawBytes: number
}

export interface SealOptions {
  store: Corestore
  draft: Draft
  info: SealInfo
  signal?: AbortSignal
  onEvent?: (event: { event: 'seal'; blocks: number; length: number }) => void
}

// What is appended at once: enough to make the cost of a transaction small, little enough to stay small in memory.
const APPEND_BYTES = 4 * 1024 * 1024
const APPEND_BLOCKS = 512

export const newDraftId = (): string => randomBytes(16).toString('hex')

/**
 * Makes a volume of a draft: header and batches go to a core of their own in `store`, which then becomes static. Served
 * from there under `key` from then on. Interrupted at any moment and called again with the same draft and the same info,
 * it goes on; called after it was done, it returns the same.
 */
export async function sealVolume({ store, draft, info, signal, onEvent }: SealOptions): Promise<SealedVolume> {
  const length = draft.batches + 1
  if (length > VOLUME_LIMITS.blocks) throw new Error(`a volume has at most ${VOLUME_LIMITS.blocks} blocks`)
  const { records, rawBytes } = draft
  const header = encodeHeader({ format: 'vdata/volume', version: 1, ...info, records, raw_bytes: rawBytes })

  const name = `volume/${draft.id}/${crypto.hash(header).toString('hex')}`
  const core = store.get({ name, active: false })
  let volume = core
  try {
    await core.ready()
    if (!isStaticManifest(core.manifest, core.key, length)) {
      await fill(core, header, draft, (blocks) => onEvent?.({ event: 'seal', blocks, length }), signal)
      volume = await toVolume(store, core)
    }
    // A power cut must not take back what the caller is about to tell the world.
    await store.storage.flush()
    return { key: volume.key, length: volume.length, byteLength: volume.byteLength, records, rawBytes }
  } finally {
    await core.close()
    await volume.close()
  }
}

async function fill(
  core: Hypercore,
  header: Buffer,
  draft: Draft,
  progress: (blocks: number) => void,
  signal?: AbortSignal
): Promise<void> {
  let group: Buffer[] = []
  let bytes = 0
  let index = 0
  const already = core.length
  const totals = { records: 0, rawBytes: 0 }
  const flush = async () => {
    throwIfInterrupted(signal)
    if (group.length > 0) await core.append(group)
    group = []
    bytes = 0
    progress(core.length)
  }
  for await (const block of blocksOf(header, draft.path)) {
    if (index > 0) {
      const frame = readFrame(block)
      totals.records += frame.records
      totals.rawBytes += frame.rawLength
    }
    if (index++ < already) {
      if (!(await core.get(index - 1, { wait: false }))?.equals(block)) throw changed(draft)
      continue
    }
    group.push(block)
    bytes += block.length
    if (bytes >= APPEND_BYTES || group.length >= APPEND_BLOCKS) await flush()
  }
  await flush()
  const whole = core.length === draft.batches + 1
  if (!whole || totals.records !== draft.records || totals.rawBytes !== draft.rawBytes) throw changed(draft)
}

async function* blocksOf(header: Buffer, spool: string): AsyncGenerator<Buffer> {
  yield header
  yield* readSpool(spool)
}

function changed(draft: Draft): VdataError {
  const what = `The file ${draft.path} is not the one that was prepared for sharing.`
  return new VdataError('error', 'SPOOL_CHANGED', what, 'Share the data again from its source.')
}
