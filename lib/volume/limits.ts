const KiB = 1024
const MiB = 1024 * KiB

/** The hard limits of format 1. Whatever exceeds one of them is not a volume, whoever made it. */
export const VOLUME_LIMITS = {
  /** Bytes of block 0. */
  headerBytes: 64 * KiB,
  /** Bytes of a batch's JSON Lines. */
  rawBytes: 4 * MiB,
  /** Bytes of a block as it is stored and sent. */
  wireBytes: 2 * MiB,
  /** Records in a batch. */
  records: 65_536,
  /** Blocks of a volume, its header among them. Above 32,768 hypercore writes a wrong bitfield for static cores. */
  blocks: 16_384
} as const

/** How much JSON Lines the writer aims to put in a batch: about a quarter of it goes over the wire. */
export const BATCH_BYTES = MiB
