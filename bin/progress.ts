import type { WriteStream } from 'node:tty'
import type { Progress } from './context.js'
import { truncate } from './width.js'

const INTERVAL = 100
const CLEAR_TO_END = '\u001b[J'

/** Lines at the foot of the terminal that are redrawn in place, ten times a second at most. */
export class LiveLines implements Progress {
  readonly #out: WriteStream
  readonly #sanitize: (line: string) => string
  #lines: string[] = []
  #drawn = 0
  #timer: NodeJS.Timeout | null = null

  /** @param sanitize takes out what outside text must not do to a terminal */
  constructor(out: WriteStream, sanitize: (line: string) => string) {
    this.#out = out
    this.#sanitize = sanitize
  }

  update(lines: string | string[]): void {
    this.#lines = typeof lines === 'string' ? [lines] : lines
    // The first state is shown at once, so that it is seen that something runs.
    if (this.#drawn === 0) this.#draw()
    else this.#timer ??= setTimeout(() => this.#draw(), INTERVAL).unref()
  }

  clear(): void {
    this.#lines = []
    this.#stopTimer()
    this.#erase()
  }

  /** Writes something above the lines. */
  above(write: () => void): void {
    this.#erase()
    write()
    this.#draw()
  }

  #draw(): void {
    this.#stopTimer()
    const columns = Math.max(20, this.#out.columns || 80)
    const lines = this.#lines.slice(0, Math.max(1, (this.#out.rows || 24) - 1))
    const erase = this.#drawn > 0 ? `\u001b[${this.#drawn}A\r${CLEAR_TO_END}` : ''
    this.#out.write(erase + lines.map((line) => truncate(this.#sanitize(line), columns - 1) + '\n').join(''))
    this.#drawn = lines.length
  }

  #erase(): void {
    if (this.#drawn > 0) this.#out.write(`\u001b[${this.#drawn}A\r${CLEAR_TO_END}`)
    this.#drawn = 0
  }

  #stopTimer(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
  }
}

/** Where nothing may be drawn. */
export const NO_PROGRESS: Progress = { update() {}, clear() {} }
