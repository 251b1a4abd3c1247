import c, { type Encoding, type State } from 'compact-encoding'
import crypto from 'hypercore-crypto'
import type { KeyPair } from '../identity.js'

/** What a seeder says of itself, signed: what it keeps of one dataset, what it served, what it costs. */
export interface Statement {
  /** Key of the dataset's index, 32 bytes. */
  index: Buffer
  /** The seeder's public key, which is its node's. */
  seeder: Buffer
  /** Milliseconds since 1970 when it was made; a later one replaces an earlier one. */
  at: number
  /** Bytes that volumes may take there, over all datasets. */
  capacity: number
  /** Bytes that volumes of this dataset take there. */
  stored: number
  /** The month that `served` counts, as 202611. */
  month: number
  /** Bytes served in that month, over all datasets. */
  served: number
  /** What the owner says that it costs a month; null where nothing was said. */
  cost: Cost | null
  /** The first eight bytes of the key of each volume that is there whole. */
  held: Buffer[]
  /** The same of those that are on their way. */
  coming: Buffer[]
  /** Ed25519 by the seeder over all of the above. */
  signature: Buffer
}

export interface Cost {
  /** In hundredths of the currency. */
  cents: number
  /** ISO 4217. */
  currency: string
}

/** Volumes that a statement may name: more than that, and it names the first. */
export const MAX_NAMED = 32_768
export const PREFIX_BYTES = 8
/** No statement is larger on the wire. */
export const MAX_STATEMENT_BYTES = 300 * 1024

const DOMAIN = Buffer.from('vdata/statement/1')

type Unsigned = Omit<Statement, 'signature'>

/** The fields in the order in which they are signed and sent. */
const unsigned: Encoding<Unsigned> = {
  preencode(state, statement) {
    state.end += 64 + 1
    for (const number of numbersOf(statement)) c.uint.preencode(state, number)
    if (statement.cost) {
      c.uint.preencode(state, statement.cost.cents)
      state.end += 3
    }
    for (const list of [statement.held, statement.coming]) {
      c.uint.preencode(state, list.length)
      state.end += list.length * PREFIX_BYTES
    }
  },
  encode(state, statement) {
    c.fixed32.encode(state, statement.index)
    c.fixed32.encode(state, statement.seeder)
    for (const number of numbersOf(statement)) c.uint.encode(state, number)
    c.uint8.encode(state, statement.cost ? 1 : 0)
    if (statement.cost) {
      c.uint.encode(state, statement.cost.cents)
      put(state, Buffer.from(statement.cost.currency, 'latin1'))
    }
    for (const list of [statement.held, statement.coming]) {
      c.uint.encode(state, list.length)
      for (const prefix of list) put(state, prefix)
    }
  },
  decode(state) {
    const index = Buffer.from(c.fixed32.decode(state))
    const seeder = Buffer.from(c.fixed32.decode(state))
    const [at, capacity, stored, month, served] = [
      number(state),
      number(state),
      number(state),
      number(state),
      number(state)
    ]
    const flags = c.uint8.decode(state)
    if (flags > 1) throw new Error('Unknown flags')
    const cost = flags === 1 ? { cents: number(state), currency: take(state, 3).toString('latin1') } : null
    if (cost && !/^[A-Z]{3}$/.test(cost.currency)) throw new Error('No currency')
    return { index, seeder, at, capacity, stored, month, served, cost, held: prefixes(state), coming: prefixes(state) }
  }
}

export const statementEncoding: Encoding<Statement> = {
  preencode(state, statement) {
    unsigned.preencode(state, statement)
    c.fixed64.preencode(state, statement.signature)
  },
  encode(state, statement) {
    unsigned.encode(state, statement)
    c.fixed64.encode(state, statement.signature)
  },
  decode(state) {
    if (state.end - state.start > MAX_STATEMENT_BYTES) throw new Error('Statement too large')
    return { ...unsigned.decode(state), signature: Buffer.from(c.fixed64.decode(state)) }
  }
}

export function signStatement(fields: Omit<Unsigned, 'seeder'>, seeder: KeyPair): Statement {
  const all: Unsigned = {
    ...fields,
    seeder: seeder.publicKey,
    held: fields.held.slice(0, MAX_NAMED),
    coming: fields.coming.slice(0, MAX_NAMED - Math.min(MAX_NAMED, fields.held.length))
  }
  return { ...all, signature: crypto.sign(signedBytes(all), seeder.secretKey) }
}

export function verifyStatement(statement: Statement): boolean {
  return crypto.verify(signedBytes(statement), statement.signature, statement.seeder)
}

/** How a statement names a volume. */
export function prefixOf(volume: Buffer): Buffer {
  return volume.subarray(0, PREFIX_BYTES)
}

function signedBytes(statement: Unsigned): Buffer {
  return crypto.hash([DOMAIN, c.encode(unsigned, statement)])
}

function numbersOf({ at, capacity, stored, month, served }: Unsigned): number[] {
  return [at, capacity, stored, month, served]
}

function prefixes(state: State): Buffer[] {
  const count = number(state)
  // Before anything is made of it: a few bytes must not ask for gigabytes.
  if (count > MAX_NAMED || count * PREFIX_BYTES > state.end - state.start) throw new Error('Too many volumes')
  const bytes = take(state, count * PREFIX_BYTES)
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * PREFIX_BYTES, (i + 1) * PREFIX_BYTES))
}

function number(state: State): number {
  const value = c.uint.decode(state)
  if (!Number.isSafeInteger(value)) throw new Error('Number out of range')
  return value
}

function put(state: State, bytes: Buffer): void {
  state.buffer.set(bytes, state.start)
  state.start += bytes.byteLength
}

/** A copy of the next bytes, so that they do not keep the message in memory. */
function take(state: State, length: number): Buffer {
  if (state.end - state.start < length) throw new Error('Out of bounds')
  const bytes = Buffer.from(state.buffer.subarray(state.start, state.start + length))
  state.start += length
  return bytes
}
