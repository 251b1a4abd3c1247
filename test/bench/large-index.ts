import { datasetEntry } from '../../lib/dataset/entries.js'
import { formatKey, formatLink } from '../../lib/dataset/link.js'
import { Moderator } from '../../lib/dataset/moderator.js'
import { moderatorKeyPair } from '../../lib/dataset/premises.js'
import { Identity } from '../../lib/network/identity.js'
import { encodeZoneMap } from '../../lib/volume/zonemap-codec.js'
import { ZoneMapBuilder } from '../../lib/volume/zonemap.js'
import { randomFrom } from '../helpers/corpus.js'
import type { TrainingRecord } from '../../lib/record/types.js'

const NAME = 'large'
const BATCHES = 40
const TOPICS = ['law', 'health', 'work', 'home', 'school', 'sport']

/** Makes a moderator's home with an index that lists so many volumes, which nobody has. */
export async function makeLargeIndex(home: string, volumes: number): Promise<{ link: string; bytes: number }> {
  const identity = await Identity.load(home)
  const moderator = await Moderator.open({ home, identity, name: NAME, purpose: 'bench' })
  try {
    const { index } = moderator
    await moderator.describe(
      datasetEntry.parse({
        version: 1,
        name: NAME,
        moderators: [{ name: '', key: formatKey(moderatorKeyPair(identity, NAME).publicKey) }],
        created_at: new Date(0).toISOString()
      })
    )
    const random = randomFrom(4)
    const key = () => formatKey(Buffer.from(Array.from({ length: 32 }, () => Math.floor(random() * 256))))
    const contributors = Array.from({ length: 50 }, key)
    let batch = index.bee.batch()
    for (let i = 0; i < volumes; i++) {
      const id = key()
      const at = new Date(i * 60_000).toISOString()
      const { zone_map, facets } = contents(random)
      await batch.put(`volume/${id}`, {
        length: BATCHES + 1,
        bytes: BATCHES * 300_000,
        raw_bytes: BATCHES * 1_000_000,
        records: BATCHES * 1000,
        contributor: contributors[i % contributors.length],
        signature: 'ab'.repeat(64),
        expiry: 4_000_000_000,
        license: 'CC0-1.0',
        facets,
        zone_map,
        check: {},
        bias: null,
        accepted_at: at
      })
      await batch.put(`verdict/${id}`, { status: 'accepted', reasons: [], at })
      if (i % 1000 === 999) {
        await batch.flush()
        batch = index.bee.batch()
      }
    }
    await batch.flush()
    return { link: formatLink(index.core.key), bytes: index.core.byteLength }
  } finally {
    await moderator.close()
  }
}

/** What an index says of a volume whose batches hold two topics each. */
function contents(random: () => number) {
  const zones = new ZoneMapBuilder()
  const counts: { [topic: string]: number } = {}
  for (let i = 0; i < BATCHES; i++) {
    const records = [0, 1].map((): TrainingRecord => {
      const topic = TOPICS[Math.floor(random() * TOPICS.length)]!
      counts[topic] = (counts[topic] ?? 0) + 500
      return { kind: 'text', text: '', topic, language: 'en', model: 'made-up', license: 'CC0-1.0' }
    })
    zones.add(records, 1_000_000 + Math.floor(random() * 40_000), 300_000 + Math.floor(random() * 40_000))
  }
  return {
    zone_map: encodeZoneMap(zones.build()),
    facets: {
      topic: { values: counts, other: 0, missing: 0 },
      language: one('en'),
      model: one('made-up'),
      kind: one('text'),
      license: one('CC0-1.0')
    }
  }
}

/** A facet of which all records have one value. */
function one(value: string) {
  return { values: { [value]: BATCHES * 1000 }, other: 0, missing: 0 }
}
