import crypto from 'hypercore-crypto'
import c, { type Encoding, type State } from 'compact-encoding'
import type { KeyPair } from '../identity.js'

/** A contributor's signed wish to have a volume in a dataset. */
export interface Offer {
  /** Key of the dataset's index, 32 bytes. */
  index: Buffer
  /** Key of the volume, 32 bytes. */
  volume: Buffer
  /** Blocks in the volume, its header among them. */
  length: number
  /** Bytes of all blocks. */
  bytes: number
  records: number
  /** Contributor's public key, 32 bytes. */
  contributor: Buffer
  /** Seconds since 1970 after which nobody has to keep it. */
  expiry: number
  /** Ed25519 by the contributor over all of the above. */
  signature: Buffer
  /** Against an earlier refusal of the volume. Versions that do not know of appeals take it for an offer like any other. */
  appeal?: Appeal
}

/** Why a contributor thinks that a refusal was wrong. */
export interface Appeal {
  /** At most 512 bytes of UTF-8. */
  note: string
  /** Ed25519 by the contributor over the offer's signature and the note. */
  signature: Buffer
}

export const MAX_APPEAL_BYTES = 512

/** No offer is larger on the wire. */
export const MAX_OFFER_BYTES = 1024

const DOMAIN = Buffer.from('vdata/offer/1')
const APPEAL_DOMAIN = Buffer.from('vdata/appeal/1')

/** Answers to an offer. Their order is their number on the wire. */
export const ANSWERS = ['queued', 'known', 'rejected', 'busy', 'banned'] as const
export type AnswerStatus = (typeof ANSWERS)[number]

export interface Answer {
  index: Buffer
  volume: Buffer
  status: AnswerStatus
  /** A reason code, at most 64 characters of a-z, 0-9 and underscore; empty where there is none. */
  code: string
}

/** What a node does with offers; sent when the channel opens. */
export interface Welcome {
  /** It takes offers: as the moderator, or holding them for one. */
  accepts: boolean
}

/** The fields of an offer in the order in which they are signed and sent. */
const unsigned: Encoding<Omit<Offer, 'signature'>> = {
  preencode(state, offer) {
    state.end += 96
    for (const n of numbersOf(offer)) c.uint.preencode(state, n)
  },
  encode(state, offer) {
    c.fixed32.encode(state, offer.index)
    c.fixed32.encode(state, offer.volume)
    c.fixed32.encode(state, offer.contributor)
    for (const n of numbersOf(offer)) c.uint.encode(state, n)
  },
  decode(state) {
    const [index, volume, contributor] = [key(state), key(state), key(state)]
    const [length, bytes, records, expiry] = [count(state), count(state), count(state), count(state)]
    return { index, volume, contributor, length, bytes, records, expiry }
  }
}

export const offerEncoding: Encoding<Offer> = {
  preencode(state, offer) {
    unsigned.preencode(state, offer)
    c.fixed64.preencode(state, offer.signature)
    if (!offer.appeal) return
    c.string.preencode(state, offer.appeal.note)
    c.fixed64.preencode(state, offer.appeal.signature)
  },
  encode(state, offer) {
    unsigned.encode(state, offer)
    c.fixed64.encode(state, offer.signature)
    if (!offer.appeal) return
    c.string.encode(state, offer.appeal.note)
    c.fixed64.encode(state, offer.appeal.signature)
  },
  decode(state) {
    if (state.end - state.start > MAX_OFFER_BYTES) throw new Error('Offer too large')
    // The frame's memory is not kept alive by the few bytes that are stored.
    const offer = { ...unsigned.decode(state), signature: Buffer.from(c.fixed64.decode(state)) }
    return state.start === state.end ? offer : { ...offer, appeal: decodeAppeal(state) }
  }
}

function decodeAppeal(state: State): Appeal {
  const note = c.string.decode(state)
  if (Buffer.byteLength(note) > MAX_APPEAL_BYTES) throw new Error('Appeal too long')
  return { note, signature: Buffer.from(c.fixed64.decode(state)) }
}

export const answerEncoding: Encoding<Answer> = {
  preencode(state, answer) {
    state.end += 65
    c.string.preencode(state, answer.code)
  },
  encode(state, answer) {
    c.fixed32.encode(state, answer.index)
    c.fixed32.encode(state, answer.volume)
    c.uint8.encode(state, ANSWERS.indexOf(answer.status))
    c.string.encode(state, answer.code)
  },
  decode(state) {
    if (state.end - state.start > 65 + 1 + 64) throw new Error('Answer too large')
    const [index, volume] = [key(state), key(state)]
    const status = ANSWERS[c.uint8.decode(state)]
    const code = c.string.decode(state)
    if (status === undefined || !/^[a-z0-9_]{0,64}$/.test(code)) throw new Error('Unknown answer')
    return { index, volume, status, code }
  }
}

export const welcomeEncoding: Encoding<Welcome> = {
  preencode(state) {
    state.end += 1
  },
  encode(state, welcome) {
    c.uint8.encode(state, welcome.accepts ? 1 : 0)
  },
  decode(state) {
    // Bits that a later version adds are ignored.
    return { accepts: (c.uint8.decode(state) & 1) === 1 }
  }
}

export function signOffer(offer: Omit<Offer, 'signature' | 'contributor'>, contributor: KeyPair): Offer {
  const fields = { ...offer, contributor: contributor.publicKey }
  return { ...fields, signature: crypto.sign(signedBytes(fields), contributor.secretKey) }
}

/** The same offer with an appeal. @throws RangeError where the note is longer than 512 bytes */
export function signAppeal(offer: Offer, note: string, contributor: KeyPair): Offer {
  if (Buffer.byteLength(note) > MAX_APPEAL_BYTES) throw new RangeError('Appeal too long')
  const signature = crypto.sign(appealBytes(offer, note), contributor.secretKey)
  return { ...offer, appeal: { note, signature } }
}

export function verifyOffer(offer: Offer): boolean {
  const { appeal, contributor } = offer
  if (!crypto.verify(signedBytes(offer), offer.signature, contributor)) return false
  return !appeal || crypto.verify(appealBytes(offer, appeal.note), appeal.signature, contributor)
}

function appealBytes(offer: Offer, note: string): Buffer {
  return crypto.hash([APPEAL_DOMAIN, offer.signature, Buffer.from(note)])
}

function signedBytes(offer: Omit<Offer, 'signature'>): Buffer {
  return crypto.hash([DOMAIN, c.encode(unsigned, offer)])
}

function numbersOf(offer: Omit<Offer, 'signature'>): number[] {
  return [offer.length, offer.bytes, offer.records, offer.expiry]
}

function key(state: State): Buffer {
  return Buffer.from(c.fixed32.decode(state))
}

function count(state: State): number {
  const n = c.uint.decode(state)
  if (!Number.isSafeInteger(n)) throw new Error('Number out of range')
  return n
}
