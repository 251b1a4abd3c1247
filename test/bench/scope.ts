import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Temporary folders and what has to be ended after use, as a test has them. */
export class Scope {
  readonly #ends: (() => unknown)[] = []

  static async use<T>(run: (scope: Scope) => Promise<T>): Promise<T> {
    const scope = new Scope()
    try {
      return await run(scope)
    } finally {
      for (const end of scope.#ends.toReversed()) await end()
    }
  }

  teardown(run: () => unknown): void {
    this.#ends.push(run)
  }

  async tmp(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'vdata-bench-'))
    this.teardown(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }))
    return folder
  }
}
