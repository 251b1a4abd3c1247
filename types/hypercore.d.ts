// What vdata uses of hypercore 11 and its family; upstream ships no types.
declare module 'hypercore' {
  import type { EventEmitter } from 'node:events'
  import type { Duplex } from 'node:stream'

  namespace Hypercore {
    interface Signer {
      publicKey: Buffer
      namespace?: Buffer
      signature?: string
    }
    interface Manifest {
      version: number
      hash?: 'blake2b'
      quorum?: number
      signers: Signer[]
      prologue?: { hash: Buffer; length: number } | null
      userData?: Buffer | null
      linked?: Buffer[] | null
    }
    interface KeyPair {
      publicKey: Buffer
      secretKey: Buffer
    }
    interface Peer {
      remotePublicKey: Buffer
      remoteLength: number
      remoteContiguousLength: number
      remoteFork: number
      remoteOpened: boolean
      stream: Duplex & { remotePublicKey: Buffer }
    }
    interface Range {
      done(): Promise<boolean>
      destroy(): void
    }
    interface GetOptions {
      wait?: boolean
      timeout?: number
      onwait?: (index: number) => void
    }
    /** Where a core is in its store's database. */
    interface StoragePointer {
      corePointer: number
      dataPointer: number
    }
    /** A core's part of its store's database. */
    interface CoreFiles {
      readonly core: StoragePointer
      createBitfieldStream(): AsyncIterable<{ index: number; page: Buffer }>
      read(): Reads
      write(): Changes
    }
    /** What is read of a core together. */
    interface Reads {
      getBlock(index: number): Promise<Buffer | null>
      getTreeNode(index: number): Promise<{ hash: Buffer } | null>
      tryFlush(): void
    }
    /** Changes of a core that are written together. */
    interface Changes {
      putBlock(index: number, block: Buffer): void
      putBitfieldPage(index: number, page: Buffer): void
      deleteTreeNode(index: number): void
      flush(): Promise<unknown>
    }
    /** What the sessions of a core share. */
    interface SessionState {
      readonly storage: CoreFiles
      readonly mutex: { lock(): Promise<void>; unlock(): void }
      createWriteBatch(): Changes
    }
    interface Request {
      id: number
      block: { index: number } | null
    }
    /** A connection's multiplexer; drained when what it was given to send has left. */
    interface Mux {
      readonly stream: Duplex & { readonly handshakeHash: Buffer | null }
      readonly drained: boolean
    }
    /** A peer of one core, as the replicator has it. */
    interface ReplicatorPeer {
      readonly protomux: Mux
      readonly remoteLength: number
      readonly remoteContiguousLength: number
      readonly channel: { close(): void }
      readonly removed: boolean
      onrequest(request: Request): unknown
      oncancel(cancel: { request: number }): unknown
    }
    /** The part of the shared core that is not public: see lib/network/internals.ts. */
    interface SharedCore {
      key: Buffer
      discoveryKey: Buffer
      state: { length: number; byteLength: number; fork: number }
      /** Corestore's: for how many rounds nobody has used it; 0 while somebody does. */
      gc: number
      header: { manifest: Manifest | null } | null
      replicator: {
        allowFork: boolean
        setInflightRange(range: [number, number]): void
        onupgrade(): void
        onhave(start: number, length: number, drop: boolean): void
        readonly peers: readonly ReplicatorPeer[]
        readonly _attached: ReadonlySet<Mux>
        /** False where the channel is open already. */
        _makePeer(mux: Mux): boolean
        _addPeer(peer: ReplicatorPeer): void
        _onupload(index: number, bytes: number, from: ReplicatorPeer): void
      }
      copyPrologue(state: unknown): Promise<void>
      audit(options: {
        dryRun: boolean
        bitfield?: boolean
        blocks?: boolean
      }): Promise<{ corrupt: boolean; droppedBlocks: number; droppedTreeNodes: number } | null>
      allSessions(): Hypercore[]
      close(): Promise<void>
    }
  }

  class Hypercore extends (EventEmitter as new () => EventEmitter) {
    readonly key: Buffer
    readonly discoveryKey: Buffer
    readonly id: string
    readonly keyPair: Hypercore.KeyPair | null
    readonly length: number
    readonly byteLength: number
    readonly contiguousLength: number
    readonly remoteContiguousLength: number
    readonly fork: number
    readonly writable: boolean
    readonly opened: boolean
    readonly closing: Promise<void> | null
    readonly closed: boolean
    readonly manifest: Hypercore.Manifest | null
    readonly peers: Hypercore.Peer[]
    readonly core: Hypercore.SharedCore
    readonly state: Hypercore.SessionState
    ready(): Promise<void>
    close(): Promise<void>
    session(options?: object): Hypercore
    get(index: number, options?: Hypercore.GetOptions): Promise<Buffer | null>
    has(start: number, end?: number): Promise<boolean>
    append(blocks: Buffer | Buffer[]): Promise<{ length: number; byteLength: number }>
    update(options?: { wait?: boolean; force?: boolean }): Promise<boolean>
    download(range?: { start?: number; end?: number; blocks?: number[]; linear?: boolean }): Hypercore.Range
    findingPeers(): () => void
    treeHash(length?: number): Promise<Buffer>
    clear(start: number, end?: number): Promise<unknown>
    compact(): Promise<void>
    replicate(isInitiatorOrStream: unknown, options?: object): Duplex
    static key(manifest: Hypercore.Manifest): Buffer
    static discoveryKey(key: Buffer): Buffer
    static createProtocolStream(isInitiatorOrStream: unknown, options?: object): Duplex
  }
  export = Hypercore
}

declare module 'hypercore/lib/messages.js' {
  import type { Encoding } from 'compact-encoding'

  type About = Encoding<{ start?: number; length?: number }>
  const messages: { wire: { range: About; want: About; unwant: About; bitfield: About; sync: About } }
  export default messages
}

declare module 'hypercore-storage/lib/keys.js' {
  const keys: {
    core: {
      data(pointer: number): Buffer
      block(pointer: number, index: number): Buffer
      tree(pointer: number, index: number): Buffer
    }
  }
  export default keys
}

declare module 'hypercore/lib/caps.js' {
  const caps: { replicate(isInitiator: boolean, key: Buffer, handshakeHash: Buffer): Buffer }
  export default caps
}

declare module 'hypercore-storage' {
  import type Hypercore from 'hypercore'

  namespace CoreStorage {
    interface Options {
      writeBufferSize?: number
      blobGarbageCollectionAgeCutOff?: number
      blobFileSize?: number
    }
    interface Range {
      gte: Buffer
      lt: Buffer
    }
    interface ReadBatch {
      get(key: Buffer): Promise<Buffer | null>
      tryFlush(): void
      destroy(): void
    }
    interface WriteBatch {
      tryPut(key: Buffer, value: Buffer | string): void
      tryDelete(key: Buffer): void
      tryDeleteRange(start: Buffer, end: Buffer): void
      flush(): Promise<void>
      destroy(): void
    }
    interface Database {
      session(options?: object): Database
      read(options?: object): ReadBatch
      write(options?: object): WriteBatch
      get(key: Buffer): Promise<Buffer | null>
      put(key: Buffer, value: Buffer): Promise<void>
      peek(range: Range): Promise<{ key: Buffer; value: Buffer } | null>
      flush(): Promise<void>
      deleteRange(start: Buffer, end: Buffer): Promise<void>
    }
  }
  class CoreStorage {
    constructor(directory: string, options?: CoreStorage.Options)
    readonly db: CoreStorage.Database
    compact(options?: { blobGarbageCollectionPolicy?: number; blobGarbageCollectionAgeCutoff?: number }): Promise<void>
    flush(): Promise<void>
    hasCore(discoveryKey: Buffer): Promise<boolean>
    deleteCore(pointer: Hypercore.StoragePointer): Promise<void>
    close(): Promise<void>
    resumeCore(discoveryKey: Buffer): Promise<{ readonly core: unknown; close(): unknown } | null>
  }
  export = CoreStorage
}

declare module 'corestore' {
  import type Hypercore from 'hypercore'
  import type CoreStorage from 'hypercore-storage'
  import type { Duplex } from 'node:stream'

  namespace Corestore {
    interface Options {
      primaryKey?: Buffer
      unsafe?: boolean
      readOnly?: boolean
      wait?: boolean
      active?: boolean
      manifestVersion?: number
      allowBackup?: boolean
    }
    interface GetOptions {
      key?: Buffer | string
      name?: string
      keyPair?: Hypercore.KeyPair
      manifest?: Hypercore.Manifest
      discoveryKey?: Buffer
      createIfMissing?: boolean
      active?: boolean
      wait?: boolean
      timeout?: number
      inflightRange?: [number, number]
      allowFork?: boolean
    }
  }

  class Corestore {
    constructor(directory: string | CoreStorage, options?: Corestore.Options)
    readonly primaryKey: Buffer
    readonly opened: boolean
    readonly closing: Promise<void> | null
    readonly storage: CoreStorage
    /** The cores that are open, by discovery key. */
    readonly cores: {
      readonly size: number
      get(discoveryKey: Buffer): Hypercore.SharedCore | null
      /** Takes back that a core, by its discovery key in hex, is to be closed. */
      resume(id: string): Hypercore.SharedCore | null
      /** A step on the way to closing idle cores; the fourth one does it. */
      _gcCycle(): void
    }
    ready(): Promise<void>
    close(): Promise<void>
    get(options: Corestore.GetOptions | Buffer | string): Hypercore
    session(options?: object): Corestore
    namespace(name: string): Corestore
    staticify(core: Hypercore, options?: Corestore.GetOptions): Promise<Hypercore>
    replicate(isInitiatorOrStream: unknown, options?: object): Duplex
    watch(hook: (core: Hypercore.SharedCore) => void): void
    list(namespace?: Buffer): AsyncIterable<Buffer>
    createKeyPair(name: string): Promise<Hypercore.KeyPair>
  }
  export = Corestore
}

declare module 'hyperbee' {
  import type Hypercore from 'hypercore'

  namespace Hyperbee {
    interface Entry<V> {
      seq: number
      key: string
      value: V
    }
    interface HistoryEntry<V> extends Entry<V> {
      type: 'put' | 'del'
    }
    interface RangeOptions {
      gt?: string
      gte?: string
      lt?: string
      lte?: string
      reverse?: boolean
      limit?: number
    }
    interface Batch {
      put(key: string, value: unknown): Promise<void>
      del(key: string): Promise<void>
      get(key: string): Promise<Entry<unknown> | null>
      flush(): Promise<void>
      close(): Promise<void>
    }
    /** An encoding in the manner of the package codecs. */
    interface Codec {
      encode(value: unknown): Buffer
      decode(buffer: Buffer): unknown
    }
    interface Options {
      keyEncoding?: string
      valueEncoding?: string | Codec
      extension?: boolean
    }
  }

  class Hyperbee {
    constructor(core: Hypercore, options?: Hyperbee.Options)
    readonly core: Hypercore
    readonly version: number
    ready(): Promise<void>
    close(): Promise<void>
    get(key: string, options?: { wait?: boolean }): Promise<Hyperbee.Entry<unknown> | null>
    put(key: string, value: unknown): Promise<void>
    batch(): Hyperbee.Batch
    checkout(version: number): Hyperbee
    snapshot(): Hyperbee
    createReadStream(range?: Hyperbee.RangeOptions): AsyncIterable<Hyperbee.Entry<unknown>>
    createHistoryStream(
      options?: Hyperbee.RangeOptions & { live?: boolean }
    ): AsyncIterable<Hyperbee.HistoryEntry<unknown>>
  }
  export = Hyperbee
}

declare module 'hyperdht' {
  import type { EventEmitter } from 'node:events'
  import type Hyperswarm from 'hyperswarm'

  namespace DHT {
    interface KeyPair {
      publicKey: Buffer
      secretKey: Buffer
    }
    interface Options {
      bootstrap: (string | { host: string; port: number })[]
      host?: string
      port?: number
      ephemeral?: boolean
      firewalled?: boolean
      anyPort?: boolean
      keyPair?: KeyPair
    }
    interface Socket extends EventEmitter {
      getRecvBufferSize(): number
      setRecvBufferSize(bytes: number): void
    }
  }

  class DHT extends (EventEmitter as new () => EventEmitter) {
    constructor(options: DHT.Options)
    readonly bootstrapped: boolean
    readonly udx: { createSocket(options?: object): DHT.Socket }
    readonly io: { readonly serverSocket: DHT.Socket; readonly clientSocket: DHT.Socket }
    readonly host: string | null
    readonly port: number
    ready(): Promise<void>
    fullyBootstrapped(): Promise<void>
    address(): { host: string; port: number } | null
    toArray(): { host: string; port: number }[]
    connect(publicKey: Buffer, options?: { keyPair?: DHT.KeyPair }): Hyperswarm.Connection
    destroy(options?: { force?: boolean }): Promise<void>
    static keyPair(seed?: Buffer): DHT.KeyPair
    static bootstrapper(port: number, host: string, options?: object): DHT
  }
  export = DHT
}

declare module 'hyperdht/lib/constants.js' {
  const constants: { BOOTSTRAP_NODES: unknown[] }
  export default constants
}

declare module 'hyperswarm' {
  import type { EventEmitter } from 'node:events'
  import type { Duplex } from 'node:stream'
  import type DHT from 'hyperdht'

  namespace Hyperswarm {
    interface PeerInfo {
      publicKey: Buffer
      topics: Buffer[]
      client: boolean
      ban(value: boolean): void
    }
    interface Connection extends Duplex {
      readonly remotePublicKey: Buffer
      readonly publicKey: Buffer
      readonly isInitiator: boolean
      readonly rawBytesRead: number
      readonly handshakeHash: Buffer
      readonly rawStream: { remoteHost: string; remotePort: number; rtt?: number }
      userData: unknown
      opened: Promise<boolean>
      setKeepAlive(ms: number): void
    }
    interface Discovery {
      flushed(): Promise<void>
      refresh(options?: { client?: boolean; server?: boolean }): Promise<void>
      destroy(): Promise<void>
    }
    interface Options {
      dht: DHT
      keyPair?: DHT.KeyPair
      maxPeers?: number
      maxParallel?: number
      firewall?: (remotePublicKey: Buffer, payload: unknown) => boolean
    }
  }

  class Hyperswarm extends (EventEmitter as new () => EventEmitter) {
    constructor(options: Hyperswarm.Options)
    readonly dht: DHT
    readonly keyPair: DHT.KeyPair
    readonly connections: Set<Hyperswarm.Connection>
    readonly connecting: number
    readonly peers: Map<string, unknown>
    join(topic: Buffer, options?: { client?: boolean; server?: boolean; limit?: number }): Hyperswarm.Discovery
    leave(topic: Buffer): Promise<void>
    joinPeer(publicKey: Buffer): void
    leavePeer(publicKey: Buffer): void
    flush(): Promise<boolean>
    suspend(): Promise<void>
    resume(): Promise<void>
    destroy(options?: { force?: boolean }): Promise<void>
  }
  export = Hyperswarm
}

declare module 'protomux' {
  import type { Duplex } from 'node:stream'
  import type { Encoding } from 'compact-encoding'

  namespace Protomux {
    interface MessageOptions<T> {
      encoding: Encoding<T>
      onmessage?: (message: T, channel: Channel) => void
    }
    interface Message<T> {
      send(message: T): boolean
    }
    interface ChannelOptions<H> {
      protocol: string
      aliases?: string[]
      id?: Buffer | null
      handshake?: Encoding<H>
      unique?: boolean
      messages?: MessageOptions<never>[]
      onopen?: (handshake: H, channel: Channel) => void
      onclose?: (isRemote: boolean, channel: Channel) => void
      ondestroy?: (channel: Channel) => void
    }
    interface Channel {
      readonly opened: boolean
      readonly closed: boolean
      addMessage<T>(options: MessageOptions<T>): Message<T>
      open(handshake?: unknown): void
      close(): void
      fullyOpened(): Promise<boolean>
    }
  }

  class Protomux {
    constructor(stream: Duplex)
    readonly stream: Duplex
    static from(stream: unknown): Protomux
    static isProtomux(value: unknown): boolean
    createChannel<H>(options: Protomux.ChannelOptions<H>): Protomux.Channel | null
    pair(options: { protocol: string; id?: Buffer | null }, notify: (id: Buffer | null) => void): void
    unpair(options: { protocol: string; id?: Buffer | null }): void
    destroy(error?: Error): void
  }
  export = Protomux
}

declare module 'compact-encoding' {
  export interface State {
    start: number
    end: number
    buffer: Buffer
  }
  export interface Encoding<T> {
    preencode(state: State, value: T): void
    encode(state: State, value: T): void
    decode(state: State): T
  }
  const c: {
    uint: Encoding<number>
    uint8: Encoding<number>
    uint16: Encoding<number>
    uint32: Encoding<number>
    uint64: Encoding<number>
    bool: Encoding<boolean>
    string: Encoding<string>
    buffer: Encoding<Buffer>
    raw: Encoding<Buffer>
    fixed32: Encoding<Buffer>
    fixed64: Encoding<Buffer>
    encode<T>(encoding: Encoding<T>, value: T): Buffer
    decode<T>(encoding: Encoding<T>, buffer: Buffer): T
  }
  export default c
}

declare module 'hypercore-crypto' {
  interface KeyPair {
    publicKey: Buffer
    secretKey: Buffer
  }
  const crypto: {
    keyPair(seed?: Buffer): KeyPair
    sign(message: Buffer, secretKey: Buffer): Buffer
    verify(message: Buffer, signature: Buffer, publicKey: Buffer): boolean
    hash(data: Buffer | Buffer[]): Buffer
    data(block: Buffer): Buffer
    randomBytes(size: number): Buffer
    discoveryKey(key: Buffer): Buffer
  }
  export default crypto
}

declare module 'hypercore-id-encoding' {
  const ID: {
    encode(key: Buffer): string
    decode(id: string | Buffer): Buffer
    normalize(id: string | Buffer): string
    isValid(id: unknown): boolean
  }
  export const encode: typeof ID.encode
  export const decode: typeof ID.decode
  export default ID
}

declare module 'sodium-universal' {
  const sodium: {
    crypto_generichash(output: Buffer, input: Buffer, key?: Buffer): void
    crypto_generichash_init(state: Buffer, key: Buffer | null, outputLength: number): void
    crypto_generichash_update(state: Buffer, input: Buffer): void
    crypto_generichash_final(state: Buffer, output: Buffer): void
    crypto_generichash_STATEBYTES: number
  }
  export default sodium
}

declare module 'z32' {
  const z32: { encode(data: Uint8Array): string; decode(text: string): Buffer }
  export default z32
}
