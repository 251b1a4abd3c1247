import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'

/** A file that replaces its target when it is whole, and on the disk. */
export class AtomicFile {
  readonly #target: string
  readonly #temporary: string
  readonly #stream

  constructor(target: string) {
    this.#target = target
    this.#temporary = `${target}.${process.pid}.tmp`
    this.#stream = createWriteStream(this.#temporary)
    // Without a listener a full disk would end the process; `write` and `finish` throw it.
    this.#stream.on('error', () => undefined)
  }

  async write(line: string): Promise<void> {
    if (this.#stream.errored) throw this.#stream.errored
    if (!this.#stream.write(`${line}\n`)) await once(this.#stream, 'drain')
  }

  async finish(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#stream.once('error', reject)
      this.#stream.end(resolve)
    })
    await using handle = await open(this.#temporary)
    await handle.sync()
    await rename(this.#temporary, this.#target)
  }

  /** There is nothing to write, and what an earlier run wrote does not hold any more. */
  async remove(): Promise<void> {
    await this.discard()
    await rm(this.#target, { force: true })
  }

  async discard(): Promise<void> {
    this.#stream.destroy()
    await rm(this.#temporary, { force: true })
  }
}
