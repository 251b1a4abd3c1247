import { Buffer } from 'node:buffer'
import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { codeOf } from './errors.js'

// Writing past the page cache (Linux's O_DIRECT). What is made durable before it counts, and is seldom read again at once,
// gains nothing from copies of it in memory: the kernel finds fresh pages for gigabytes, only to write them out in the end.

/** Direct writes begin and end at multiples of this, in the file and in memory. No disk has larger sectors. */
export const ALIGNMENT = 4096

const WASM_PAGE = 64 * 1024
const REFUSALS = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP'])

/** Whether an error says that a file system has no direct writes, or none of this alignment. */
export function refusesDirect(error: unknown): boolean {
  return REFUSALS.has(codeOf(error))
}

/** Opens a file for direct writes, and makes it where `create` says so; null where the platform or file system has none. */
export async function openDirect(path: string, { create = false } = {}): Promise<FileHandle | null> {
  const { O_DIRECT, O_WRONLY, O_CREAT } = constants
  if (O_DIRECT === undefined) return null
  try {
    return await open(path, O_WRONLY | O_DIRECT | (create ? O_CREAT : 0))
  } catch (error) {
    if (refusesDirect(error)) return null
    throw error
  }
}

/** Memory that begins at a page, as that of WebAssembly does; null for want of address space. */
export function alignedMemory(bytes: number): Buffer | null {
  try {
    const pages = Math.ceil(bytes / WASM_PAGE)
    return Buffer.from(new WebAssembly.Memory({ initial: pages, maximum: pages }).buffer, 0, bytes)
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}
