import { readFileSync } from 'node:fs'

/** Reads a JSON file that lies beside the compiled code. It is ours, so its shape is the caller's to know. */
export function readData<T>(path: string): T {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as T
}
