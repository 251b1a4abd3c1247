import type { Context } from './context.js'
import { count, plural } from './format.js'
import { openDesk } from './index-desk.js'
import { tellDry, type ReleaseOptions } from './index-curate.js'

export async function release(context: Context, name: string, options: ReleaseOptions): Promise<void> {
  const { dryRun = false, notes } = options
  const { named, link } = await openDesk(context, options, async (desk) => ({
    named: await desk.release(name, notes, dryRun),
    link: `${(await desk.status()).link}/${name}`
  }))
  const { records, volumes, contributors } = named.entry
  context.result({ event: 'released', dryRun, link, ...named }, link)
  context.say(
    `${count(records)} records in ${plural(volumes, 'volume')} by ${plural(contributors, 'contributor')}: this link gives exactly them from now on.`
  )
  tellDry(context, dryRun)
}
