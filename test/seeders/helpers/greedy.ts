import { parseKey } from '../../../lib/dataset/link.js'
import type { Puller } from './world.js'

/** Downloads volumes; counts what comes. */
export async function greedy({ store }: Puller, ids: readonly string[], count: (bytes: number) => void): Promise<void> {
  await Promise.all(
    ids.map(async (id) => {
      const core = store.get({ key: parseKey(id) })
      await core.ready()
      core.on('download', (_index: number, bytes: number) => count(bytes))
      const done = core.findingPeers()
      await core.update({ wait: true })
      done()
      await core.download({ start: 0, end: core.length }).done()
    })
  )
}
