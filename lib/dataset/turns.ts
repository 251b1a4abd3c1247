/** Lets one thing happen at a time, in the order in which they were asked for. */
export class Turns {
  private last: Promise<unknown> = Promise.resolve()

  /** The value or the error is the thing's own; neither keeps the next one from its turn. */
  take<T>(act: () => Promise<T>): Promise<T> {
    const next = this.last.then(act)
    this.last = next.catch(() => {})
    return next
  }

  /** Resolves once everything that was asked for has happened. */
  async over(): Promise<void> {
    await this.last
  }
}
