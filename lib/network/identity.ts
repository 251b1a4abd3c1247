import crypto from 'hypercore-crypto'
import z32 from 'z32'
import { z } from 'zod'
import { join } from 'node:path'
import { VdataError } from '../errors.js'
import { readJson, writeJson } from '../files.js'

export interface KeyPair {
  publicKey: Buffer
  secretKey: Buffer
}

const identityFile = z.object({ version: z.literal(1), seed: z.string().length(52) })

/**
 * Who this installation is. One secret seed of 32 bytes, from which every key is derived, so that one small file is all
 * that has to be kept safe: the contributor's key pair, the node key pair of each long-running role, and the primary keys
 * of the stores.
 */
export class Identity {
  private readonly seed: Buffer

  constructor(seed: Buffer) {
    if (seed.byteLength !== 32) throw new RangeError('A seed has 32 bytes')
    this.seed = seed
  }

  /** Reads `<home>/identity.json`, or creates it. */
  static async load(home: string): Promise<Identity> {
    const path = join(home, 'identity.json')
    const value = await readJson(path)
    if (value === undefined) {
      const seed = crypto.randomBytes(32)
      // Another process may be creating it at the same moment: the first one wins, and both read what it wrote.
      await writeJson(path, { version: 1, seed: z32.encode(seed) }, { mode: 0o600, exclusive: true })
      return Identity.load(home)
    }
    const parsed = identityFile.safeParse(value)
    if (!parsed.success) {
      throw new VdataError(
        'config',
        'BAD_IDENTITY',
        `${path} is not an identity file.`,
        'Restore it from your backup; a new identity would be a different contributor.'
      )
    }
    return new Identity(z32.decode(parsed.data.seed))
  }

  /** 32 bytes that belong to `purpose` alone. */
  secret(purpose: string): Buffer {
    return crypto.hash([Buffer.from(`vdata/identity/1/${purpose}`), this.seed])
  }

  keyPair(purpose: string): KeyPair {
    return crypto.keyPair(this.secret(purpose))
  }

  /** Signs offers and names the contributor in volumes and in the index. */
  get contributor(): KeyPair {
    return this.keyPair('contributor')
  }
}
