// What vdata uses of WebAssembly: Node has it, but its declarations come with those of browsers, which vdata leaves out.
declare namespace WebAssembly {
  class Memory {
    /** So many pages of 64 KiB. */
    constructor(size: { initial: number; maximum?: number })
    readonly buffer: ArrayBuffer
    /** Adds so many pages of 64 KiB; detaches the old buffer. */
    grow(pages: number): number
  }
  interface Module {}
  const Module: new (bytes: Uint8Array) => Module
  class Instance {
    constructor(module: Module)
    readonly exports: { readonly [name: string]: unknown }
  }
}
