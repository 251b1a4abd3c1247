import sodium from 'sodium-universal'
import z32 from 'z32'
import { canonical } from './canonical.js'
import { CONTENT } from './fields.js'
import type { TrainingRecord } from './types.js'

/**
 * What a record's id commits to: its kind and its content fields, without facets, provenance and extra. Two records with
 * the same content are the same example, wherever they came from.
 */
export function contentOf(record: TrainingRecord): { [field: string]: unknown } {
  const fields: { [field: string]: unknown } = { ...record }
  const content: { [field: string]: unknown } = { kind: record.kind }
  for (const name of CONTENT[record.kind]) if (fields[name] !== undefined) content[name] = fields[name]
  return content
}

const HASH_BYTES = 32

/** The BLAKE2b-256 (no key) of the UTF-8 bytes of the RFC 8785 form of the content fields. */
export function recordHash(record: TrainingRecord): Buffer {
  const hash = Buffer.alloc(HASH_BYTES)
  sodium.crypto_generichash(hash, Buffer.from(canonical(contentOf(record))))
  return hash
}

/** A record's id: its hash in z-base-32, 52 lower-case characters. */
export function recordId(record: TrainingRecord): string {
  return z32.encode(recordHash(record))
}
