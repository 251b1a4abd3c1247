import type { Encoding } from 'compact-encoding'
import { HangUp } from './hang-up.js'

/** All bytes of a message, copied, or an error that closes the connection where they are more than `limit`. */
export function boundedBytes(limit: number): Encoding<Buffer> {
  return {
    preencode(state, bytes) {
      state.end += bytes.byteLength
    },
    encode(state, bytes) {
      state.buffer.set(bytes, state.start)
      state.start += bytes.byteLength
    },
    decode(state) {
      if (state.end - state.start > limit) throw new HangUp('garbage')
      const bytes = Buffer.from(state.buffer.subarray(state.start, state.end))
      state.start = state.end
      return bytes
    }
  }
}
