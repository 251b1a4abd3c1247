import { z } from 'zod'
import { VolumeFault } from './faults.js'
import { VOLUME_LIMITS } from './limits.js'

const printable = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}]*$/u, 'has control characters')

const schema = z.object({
  format: z.literal('vdata/volume'),
  version: z.literal(1),
  contributor: z.object({
    /** z32 of the Ed25519 key with which the contributor signs offers. */
    publicKey: z.string().regex(/^[ybndrfg8ejkmcpqxot1uwisza345h769]{52}$/, 'is not a key in z32'),
    name: printable(128).optional()
  }),
  /** SPDX identifier or expression of the volume's licence. */
  license: printable(128),
  /** RFC 3339, UTC. */
  created_at: z.iso.datetime(),
  /** Records in all batches together, and the bytes of their JSON Lines. */
  records: z.int().positive(),
  raw_bytes: z.int().positive(),
  /** The program that made the volume, for example `vdata/0.1.0`. */
  tool: printable(64)
})

/** Block 0 of a volume: UTF-8 JSON of at most 64 KiB. */
export type VolumeHeader = z.infer<typeof schema>

export function encodeHeader(header: VolumeHeader): Buffer {
  const block = Buffer.from(JSON.stringify(check(header)))
  if (block.length > VOLUME_LIMITS.headerBytes) throw new VolumeFault('BAD_HEADER', 'the header is over 64 KiB.')
  return block
}

/** Reads and validates block 0; throws a VolumeFault. Fields that this version does not know are left out. */
export function decodeHeader(block: Buffer): VolumeHeader {
  if (block.length > VOLUME_LIMITS.headerBytes) {
    throw new VolumeFault('BAD_HEADER', 'the header is over 64 KiB.', { block: 0 })
  }
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(block))
  } catch (cause) {
    throw new VolumeFault('BAD_HEADER', 'the header is not JSON.', { block: 0 }, { cause })
  }
  return check(value)
}

function check(value: unknown): VolumeHeader {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const field = issue?.path.join('.') || 'the header'
  throw new VolumeFault('BAD_HEADER', `${field}: ${issue?.message ?? 'is not valid'}.`, { block: 0 })
}
