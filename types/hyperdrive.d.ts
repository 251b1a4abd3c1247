// What the benchmarks use of hyperdrive 13; upstream ships no types.
declare module 'hyperdrive' {
  import type { Readable, Writable } from 'node:stream'
  import type Corestore from 'corestore'

  class Hyperdrive {
    constructor(store: Corestore, key?: Buffer)
    readonly key: Buffer
    readonly discoveryKey: Buffer
    ready(): Promise<void>
    update(options?: { wait?: boolean }): Promise<boolean>
    findingPeers(): () => void
    createWriteStream(path: string): Writable
    createReadStream(path: string, options?: { wait?: boolean }): Readable
    download(path: string): Promise<{ done(): Promise<void> }>
    close(): Promise<void>
  }
  export = Hyperdrive
}
