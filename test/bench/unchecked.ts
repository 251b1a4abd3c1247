import { rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { formatKey } from '../../lib/dataset/link.js'
import { LIMITS, Premises } from '../../lib/dataset/premises.js'
import { Identity } from '../../lib/network/identity.js'
import { importFiles } from '../../lib/volume/import.js'
import { inspectVolume } from '../../lib/volume/inspect.js'
import { sealVolume } from '../../lib/volume/seal.js'
import { encodeZoneMap } from '../../lib/volume/zonemap-codec.js'
import { corpus, type CorpusOptions } from '../helpers/corpus.js'
import type { Party } from '../helpers/net.js'

const LINES = 1000

/**
 * Fills a dataset that a moderator has created with so many bytes of made-up text. It takes minutes where checks of each
 * record would take an hour: nobody offers it, nothing is checked.
 */
export async function makeUnchecked(moderator: Party, name: string, bytes: number, options: CorpusOptions) {
  const identity = await Identity.load(moderator.home)
  const premises = await Premises.open({ home: moderator.home, identity, name, purpose: 'bench' }, LIMITS)
  try {
    const { store, index } = premises
    const source = { name: 'corpus.jsonl', stream: Readable.from(lines(bytes, options)) }
    const spool = moderator.path('spool')
    const { drafts } = await importFiles({ sources: [source], spool, format: 'jsonl' })
    const created = new Date().toISOString()
    const publicKey = formatKey(identity.contributor.publicKey)
    for (const draft of drafts) {
      const info = { contributor: { publicKey }, license: 'CC0-1.0', created_at: created, tool: 'bench' }
      const { key, length, byteLength } = await sealVolume({ store, draft, info })
      await rm(draft.path, { force: true })
      const core = store.get({ key })
      const { facets, zoneMap, records, rawBytes } = await inspectVolume(core)
      await core.close()
      await index.accept(formatKey(key), {
        length,
        bytes: byteLength,
        raw_bytes: rawBytes,
        records,
        contributor: publicKey,
        signature: '0'.repeat(128),
        expiry: 0,
        license: 'CC0-1.0',
        facets,
        zone_map: encodeZoneMap(zoneMap),
        check: {},
        bias: null,
        accepted_at: created
      })
    }
  } finally {
    await premises.close()
  }
}

function* lines(bytes: number, options: CorpusOptions): Generator<Buffer> {
  let written = 0
  let part: string[] = []
  for (const line of corpus(options)) {
    part.push(line)
    written += line.length
    if (written < bytes && part.length < LINES) continue
    yield Buffer.from(part.join(''))
    part = []
    if (written >= bytes) return
  }
}
