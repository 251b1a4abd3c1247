import { rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { parseBootstrap } from '../../bin/addresses.js'
import { formatKey } from '../../lib/dataset/link.js'
import { LIMITS, Premises } from '../../lib/dataset/premises.js'
import { Identity } from '../../lib/network/identity.js'
import { NetworkNode } from '../../lib/network/node.js'
import { importFiles } from '../../lib/volume/import.js'
import { inspectVolume, type Inspection } from '../../lib/volume/inspect.js'
import { newDraftId, sealVolume } from '../../lib/volume/seal.js'
import { corpus, type CorpusOptions } from '../helpers/corpus.js'
import type { Net } from '../helpers/net.js'
import { uncheckedEntry } from '../helpers/volume-entry.js'
import type { Scope } from './scope.js'

const LINES = 1000

const NAME = 'unchecked'

/**
 * Goes online with a dataset of so many bytes of made-up text, in `volumes` volumes that have the same records. It takes
 * minutes where checks of each record would take an hour: nobody offers it, and nothing is checked.
 */
export async function serveUnchecked(
  scope: Scope,
  net: Net,
  { bytes, volumes, ...options }: CorpusOptions & { bytes: number; volumes: number }
): Promise<string> {
  const { moderator, link } = await net.dataset(NAME)
  const identity = await Identity.load(moderator.home)
  const premises = await Premises.open({ home: moderator.home, identity, name: NAME, purpose: 'bench' }, LIMITS)
  scope.teardown(() => premises.close())
  const { store, index } = premises
  const source = { name: 'corpus.jsonl', stream: Readable.from(lines(bytes / volumes, options)) }
  const { drafts } = await importFiles({ sources: [source], spool: moderator.path('spool'), format: 'jsonl' })
  const contributor = formatKey(identity.contributor.publicKey)
  for (const draft of drafts) {
    let inspected: Inspection | null = null
    for (let nth = 0; nth < volumes; nth++) {
      const at = new Date(nth * 1000).toISOString()
      const info = { contributor: { publicKey: contributor }, license: 'CC0-1.0', created_at: at, tool: 'bench' }
      const sealed = await sealVolume({ store, draft: { ...draft, id: newDraftId() }, info })
      const core = store.get({ key: sealed.key })
      inspected ??= await inspectVolume(core)
      await core.close()
      await index.accept(formatKey(sealed.key), uncheckedEntry(sealed, inspected, { contributor, at }))
    }
    await rm(draft.path, { force: true })
  }
  const node = new NetworkNode(store, { bootstrap: parseBootstrap(net.bootstrap) ?? [], host: '127.0.0.1' })
  scope.teardown(() => node.close())
  node.join(index.core.discoveryKey, { server: true, client: false })
  await node.searched(5_000)
  return link
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
