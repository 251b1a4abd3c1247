// zstd in Node's zlib: from 22.15 on, so it may be absent at run time; the types of Node 20 do not know it.
declare module 'node:zlib' {
  interface ZstdOptions {
    chunkSize?: number
    maxOutputLength?: number
  }
  type Zstd = (input: Uint8Array, options: ZstdOptions, done: (error: Error | null, output: Buffer) => void) => void
  export const createZstdCompress: (() => import('node:stream').Transform) | undefined
  export const zstdCompress: Zstd | undefined
  export const zstdDecompress: Zstd | undefined
  export const zstdDecompressSync: ((input: Uint8Array, options: ZstdOptions) => Buffer) | undefined
}
