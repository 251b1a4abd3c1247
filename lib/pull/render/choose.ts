import { createHash } from 'node:crypto'
import { VdataError } from '../../errors.js'

/** A named part of the records: `train` and its share, from 0 to 1. */
export interface SplitPart {
  name: string
  share: number
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/

/**
 * Reads `train=0.9,test=0.1`.
 * @throws VdataError usage: a name that no file can have, a share that is none, more than all.
 */
export function parseSplit(text: string): SplitPart[] {
  const parts = text.split(',').map((part) => {
    const [name = '', share = ''] = part.split('=').map((word) => word.trim())
    if (!NAME.test(name) || !/^\d*\.?\d+$/.test(share)) throw badSplit(text)
    return { name, share: Number(share) }
  })
  const total = parts.reduce((sum, { share }) => sum + share, 0)
  const twice = new Set(parts.map(({ name }) => name)).size < parts.length
  if (twice || total > 1 + 1e-9 || parts.some(({ share }) => share <= 0)) throw badSplit(text)
  return parts
}

function badSplit(text: string): VdataError {
  const what = `"${text.slice(0, 80)}" does not divide the records.`
  return new VdataError('usage', 'BAD_SPLIT', what, 'Write names and shares of at most 1 in all: train=0.9,test=0.1.')
}

/**
 * A record's place in [0, 1), by its id and a seed alone: it stays where it is as the dataset grows, and two purposes
 * that are drawn for are independent of each other.
 */
export function drawOf(hash: Buffer, seed: number, purpose: 'split' | 'sample'): number {
  const digest = createHash('sha256').update(`vdata/${purpose}/${seed}/`).update(hash).digest()
  return digest.readUIntBE(0, 6) / 2 ** 48
}

/** The index of the part that a draw falls into, or -1 where the parts leave room. */
export function partOf(draw: number, parts: readonly SplitPart[]): number {
  let sum = 0
  for (const [index, { share }] of parts.entries()) {
    sum += share
    // The parts of 0.7, 0.2 and 0.1 add up to a little less than 1.
    if (draw < sum || (index === parts.length - 1 && sum > 1 - 1e-9)) return index
  }
  return -1
}
