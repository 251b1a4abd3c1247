import { ShareFiles, type Share, type SharedVolume } from '../lib/dataset/shares.js'
import type { Context } from './context.js'
import { count, percent, plural } from './format.js'
import { explain, sayReason, type ExplainedReason } from './share-reasons.js'
import { table } from './table.js'

/** Lists what was shared from this computer, as it was when the network was last asked. */
export async function showShares(context: Context): Promise<void> {
  const shares = await new ShareFiles(context.home).list()
  const listed = await Promise.all(
    shares.map(async (share) => ({
      ...share,
      volumes: await Promise.all(
        share.volumes.map(async (volume) => ({ ...volume, reasons: await explain(context.home, share, volume) }))
      )
    }))
  )
  const rows = listed.flatMap((share) => share.volumes.map((volume) => rowOf(share, volume)))
  const head = ['shared', 'from', 'volume', 'records', 'state', 'reasons']
  context.result(listed, rows.length > 0 ? table(rows, { head, right: [3] }) : 'Nothing was shared from here yet.')
  const { accepted, decided } = tallyVerdicts(shares)
  if (decided > 0) context.say(`${percent(accepted, decided)} of ${plural(decided, 'decided volume')} accepted.`)
}

/** How many of a contributor's volumes were accepted, and how many have a verdict. */
export function tallyVerdicts(shares: readonly Share[]): { accepted: number; rejected: number; decided: number } {
  const having = (state: string) =>
    shares.flatMap(({ volumes }) => volumes).filter(({ verdict }) => verdict?.status === state).length
  const [accepted, rejected] = [having('accepted'), having('rejected')]
  return { accepted, rejected, decided: accepted + rejected }
}

function rowOf(share: Share, volume: SharedVolume & { reasons: ExplainedReason[] }): string[] {
  return [
    share.created_at.slice(0, 10),
    share.sources.join(', '),
    volume.id.slice(0, 8),
    count(volume.records),
    stateOf(volume),
    volume.reasons.map(sayReason).join('; ')
  ]
}

function stateOf({ verdict, held, appeal }: SharedVolume): string {
  if (appeal !== undefined && !verdict) return 'appealed'
  return verdict?.status ?? (held ? 'waiting for a verdict' : 'only here')
}
