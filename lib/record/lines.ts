import { isAscii, isUtf8 } from 'node:buffer'

const NEWLINE = 0x0a
const RETURN = 0x0d

export interface LineHandler {
  /** A line without its end, which is LF or CR LF, and its number from 1. */
  line(text: string, number: number): void
  /** A line that can't be given as text. */
  bad(number: number, reason: string): void
}

/** Cuts bytes into lines of text, as they come, holding at most `max` bytes however long a line is. */
export class Lines {
  /** How many lines have ended so far. */
  count = 0
  readonly #handler: LineHandler
  readonly #max: number
  #held: Buffer[] = []
  #heldBytes = 0
  #tooLong = false

  constructor(handler: LineHandler, max: number) {
    this.#handler = handler
    this.#max = max
  }

  push(chunk: Buffer): void {
    const last = chunk.lastIndexOf(NEWLINE)
    if (last < 0) return this.#hold(chunk)
    let start = 0
    if (this.#heldBytes > 0 || this.#tooLong) {
      const first = chunk.indexOf(NEWLINE)
      this.#hold(chunk.subarray(0, first))
      this.#release()
      start = first + 1
    }
    // Looked at once for all lines: most files have no bad bytes, and a call for each line would cost more than the look.
    const whole = chunk.subarray(start, last + 1)
    const encoding = encodingOf(whole)
    while (start <= last) {
      const end = chunk.indexOf(NEWLINE, start)
      this.#emit(chunk, start, end, encoding)
      start = end + 1
    }
    this.#hold(chunk.subarray(start))
  }

  end(): void {
    if (this.#heldBytes > 0 || this.#tooLong) this.#release()
  }

  #hold(part: Buffer): void {
    if (part.length === 0) return
    if (this.#heldBytes + part.length > this.#max + 1) {
      this.#tooLong = true
      this.#held = []
      this.#heldBytes = 0
    }
    if (this.#tooLong) return
    // A copy, so that a few bytes don't keep a whole chunk of the file in memory.
    this.#held.push(Buffer.from(part))
    this.#heldBytes += part.length
  }

  #release(): void {
    const parts = this.#held
    const tooLong = this.#tooLong
    this.#held = []
    this.#heldBytes = 0
    this.#tooLong = false
    if (tooLong) return this.#refuse(`the line is longer than ${this.#max} bytes`)
    const line = parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)
    this.#emit(line, 0, line.length, encodingOf(line))
  }

  #emit(bytes: Buffer, start: number, end: number, encoding: Encoding): void {
    const stop = end > start && bytes[end - 1] === RETURN ? end - 1 : end
    if (stop - start > this.#max) return this.#refuse(`the line is longer than ${this.#max} bytes`)
    if (encoding === undefined && !isUtf8(bytes.subarray(start, stop))) return this.#refuse('the line is not UTF-8')
    this.count++
    this.#handler.line(bytes.toString(encoding ?? 'utf8', start, stop), this.count)
  }

  #refuse(reason: string): void {
    this.count++
    this.#handler.bad(this.count, reason)
  }
}

type Encoding = 'latin1' | 'utf8' | undefined

/** How the bytes can be decoded, the fastest way first; undefined where not all of them are UTF-8. */
export function encodingOf(bytes: Buffer): Encoding {
  if (isAscii(bytes)) return 'latin1'
  return isUtf8(bytes) ? 'utf8' : undefined
}
