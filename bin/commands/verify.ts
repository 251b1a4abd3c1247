import type { Command } from 'commander'
import { verifyOutput } from '../../lib/pull/verify.js'
import { VdataError } from '../../lib/errors.js'
import type { Context } from '../context.js'
import { plural } from '../format.js'
import { examples } from '../help.js'

/** `vdata verify`: whether what was pulled is still what was pulled. */
export function define(command: Command, context: () => Context): void {
  command
    .description('Compare what was pulled with what its .vdata.json says of it. It ends with 5 where they differ.')
    .argument('<output>', 'the file or folder that was pulled, or its .vdata.json')
    .action((output: string) => run(context(), output))
  examples(command, [['vdata verify data.jsonl', 'check that nothing of it was changed']])
}

async function run(context: Context, output: string): Promise<void> {
  const { manifest, files } = await verifyOutput(output)
  const { name, index, length, release } = manifest.dataset
  const wrong = files.filter(({ problem }) => problem !== null)
  const state = release === undefined ? `entry ${length}` : `release ${release}`
  if (wrong.length > 0) {
    const named = wrong.slice(0, 5).map(({ path, problem }) => `${path} (${problem})`)
    throw new VdataError(
      'verification',
      'OUTPUT_DIFFERS',
      `This is not what was pulled: ${named.join(', ')}${wrong.length > 5 ? ' and more' : ''}.`,
      `\`vdata pull --locked ${output}\` makes it again.`
    )
  }
  const text = `${plural(files.length, 'file')}, ${plural(manifest.records, 'record')}: as pulled from ${name} at ${state}`
  context.result({ event: 'verified', dataset: name, index, length, release, records: manifest.records, files }, text)
}
