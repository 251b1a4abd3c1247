import { Buffer } from 'node:buffer'
import type CoreStorage from 'hypercore-storage'
import keys from 'hypercore-storage/lib/keys.js'
import { BlockFiles, type Place } from './block-files.js'

// Lays the large blocks of a store in files of their own. Like internals.ts, this relies on what hypercore-storage 3.3 does
// not promise: that it reads and writes blocks through `read`, `write` and `session` of its database and in no other way.

/** A smaller block costs more as a write of its own than it does in the database. */
const LARGE = 32 * 1024

/** What is in the database for a block that lies in a file: the mark, how long it is and where it begins. */
const MARK = Buffer.from('vdata: this block lies in a file')
const NOTE_BYTES = MARK.length + 4 + 8

/** How keys of blocks begin: with this, the number of the core, and this. */
const DATA = 4
const BLOCK = 3
/** How many bytes a number has whose first byte is this; a smaller byte is the number itself. */
const NUMBER_BYTES = new Map([
  [0xfc, 2],
  [0xfd, 4]
])

const filesOf = new WeakMap<CoreStorage, BlockFiles>()

/** Has the large blocks of a store lie in a folder's files. Call it before the store is opened. */
export function divertBlocks(storage: CoreStorage, folder: string): void {
  const files = new BlockFiles(folder)
  filesOf.set(storage, files)
  divert(storage.db, files)
}

/** Lets go of the files. Call it once nothing is written any more. */
export async function closeBlocks(storage: CoreStorage): Promise<void> {
  await filesOf.get(storage)?.close()
}

/** Gives back the space of those large blocks whose core was erased. */
export async function sweepBlocks(storage: CoreStorage): Promise<void> {
  await filesOf.get(storage)?.sweep(async (core) => {
    const range = { gte: keys.core.data(core), lt: keys.core.data(core + 1) }
    return (await storage.db.peek(range)) === null
  })
}

function divert(db: CoreStorage.Database, files: BlockFiles): CoreStorage.Database {
  const session = db.session.bind(db)
  const read = db.read.bind(db)
  const write = db.write.bind(db)
  // Snapshots are sessions too.
  db.session = (options) => divert(session(options), files)
  db.read = (options) => new DivertedRead(read(options), files)
  db.write = (options) => new DivertedWrite(write(options), files)
  return db
}

class DivertedRead implements CoreStorage.ReadBatch {
  private readonly batch: CoreStorage.ReadBatch
  private readonly files: BlockFiles

  constructor(batch: CoreStorage.ReadBatch, files: BlockFiles) {
    this.batch = batch
    this.files = files
  }

  get(key: Buffer): Promise<Buffer | null> {
    const core = coreOf(key)
    const found = this.batch.get(key)
    if (core === null) return found
    return found.then((value) => (value && isNote(value) ? this.files.read(core, placeIn(value)) : value))
  }

  tryFlush(): void {
    this.batch.tryFlush()
  }

  destroy(): void {
    this.batch.destroy()
  }
}

type Change = [key: Buffer, value: Buffer | string | null, end: Buffer | null]

class DivertedWrite implements CoreStorage.WriteBatch {
  private readonly batch: CoreStorage.WriteBatch
  private readonly files: BlockFiles
  private readonly changes: Change[] = []

  constructor(batch: CoreStorage.WriteBatch, files: BlockFiles) {
    this.batch = batch
    this.files = files
  }

  tryPut(key: Buffer, value: Buffer | string): void {
    this.changes.push([key, value, null])
  }

  tryDelete(key: Buffer): void {
    this.changes.push([key, null, null])
  }

  tryDeleteRange(start: Buffer, end: Buffer): void {
    this.changes.push([start, null, end])
  }

  async flush(): Promise<void> {
    try {
      for (const change of this.changes) {
        const [key, value] = change
        const core = coreOf(key)
        if (core === null || !Buffer.isBuffer(value)) continue
        // What looks like a note here is a peer's block.
        if (value.length < LARGE && !isNote(value)) continue
        change[1] = noteOf(await this.files.append(core, value))
      }
    } catch (error) {
      this.batch.destroy()
      throw error
    }
    for (const [key, value, end] of this.changes) {
      if (end !== null) this.batch.tryDeleteRange(key, end)
      else if (value !== null) this.batch.tryPut(key, value)
      else this.batch.tryDelete(key)
    }
    await this.batch.flush()
  }

  destroy(): void {
    this.batch.destroy()
  }
}

/** The number of the core to whose blocks a key belongs, or null where it belongs to something else. */
function coreOf(key: Buffer): number | null {
  if (key[0] !== DATA) return null
  const first = key[1]!
  const bytes = first < 0xfc ? 0 : NUMBER_BYTES.get(first)
  // A store would need more than 2^32 cores for a longer number.
  if (bytes === undefined || key[2 + bytes] !== BLOCK) return null
  return bytes === 0 ? first : key.readUIntBE(2, bytes)
}

function isNote(value: Buffer): boolean {
  return value.length === NOTE_BYTES && value.subarray(0, MARK.length).equals(MARK)
}

function noteOf({ offset, bytes }: Place): Buffer {
  const note = Buffer.alloc(NOTE_BYTES)
  MARK.copy(note)
  note.writeUInt32BE(bytes, MARK.length)
  note.writeBigUInt64BE(BigInt(offset), MARK.length + 4)
  return note
}

function placeIn(note: Buffer): Place {
  return { bytes: note.readUInt32BE(MARK.length), offset: Number(note.readBigUInt64BE(MARK.length + 4)) }
}
