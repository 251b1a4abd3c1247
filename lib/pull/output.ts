import { open, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Writable } from 'node:stream'
import { once } from 'node:events'
import { syncFolder } from '../files.js'

/** Where records go: a file that replaces the target only when it is complete, or a stream. */
export interface Sink {
  write(data: Buffer | string): Promise<void>
  /** Makes it final; without it, nothing happened to the target. */
  commit(): Promise<void>
  discard(): Promise<void>
}

/** The temporary file has the same name each time, so that one that a killed process left is taken over. */
export async function fileSink(target: string): Promise<Sink> {
  const temporary = `${target}.vdata-partial`
  const file: FileHandle = await open(temporary, 'w')
  return {
    async write(data) {
      let rest = typeof data === 'string' ? Buffer.from(data) : data
      while (rest.length > 0) rest = rest.subarray((await file.write(rest)).bytesWritten)
    },
    async commit() {
      await file.sync()
      await file.close()
      await rename(temporary, target)
      await syncFolder(dirname(target))
    },
    async discard() {
      await file.close()
      await rm(temporary, { force: true })
    }
  }
}

export function streamSink(stream: Writable): Sink {
  return {
    async write(data) {
      if (!stream.write(data)) await once(stream, 'drain')
    },
    async commit() {},
    async discard() {}
  }
}
