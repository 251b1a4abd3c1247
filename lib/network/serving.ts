import type Corestore from 'corestore'
import type { Bucket } from './bucket.js'
import { gateRequests } from './internals.js'

/** What carries a block over the wire besides it: proofs, encryption, packets. Measured: 2.5 to 3 %. */
const OVERHEAD = 1.03

/**
 * Limits and counts what a store serves. Only blocks count and wait; they wait before they are read, each connection in a
 * line of its own, so that everything else stays as quick as ever.
 */
export class Serving {
  /** Bytes of blocks that were served since this process began. */
  bytes = 0
  blocks = 0

  constructor(store: Corestore, bucket: Bucket, onserved?: (bytes: number, key: Buffer) => void) {
    const lanes = new WeakSet<object>()
    gateRequests(store, {
      admit(bytes, stream, wanted) {
        if (bucket.open) return true
        if (!lanes.has(stream)) {
          lanes.add(stream)
          ;(stream as NodeJS.EventEmitter).once('close', () => bucket.drop(stream))
        }
        return bucket.take(bytes * OVERHEAD, stream, wanted)
      },
      served: (bytes, expected, key) => {
        bucket.charge((bytes - expected) * OVERHEAD)
        this.bytes += bytes
        this.blocks++
        onserved?.(bytes, key)
      }
    })
  }
}
