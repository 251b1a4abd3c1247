import { access, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { VdataError } from '../../lib/errors.js'
import type { Context } from '../context.js'
import { runDemo } from '../demo/run.js'
import { duration } from '../format.js'
import { examples } from '../help.js'
import { describeFacts } from '../facts.js'

interface Options {
  data?: string
}

/** `vdata demo`: the whole network on one computer. */
export function define(command: Command, context: () => Context): void {
  command
    .description(
      'Watch a whole vdata network do its job on this computer, with no key and no internet: a moderator, two ' +
        'contributors, two seeders and a reader, each a process of its own. It ends by itself.'
    )
    .option('--data <file>', 'what the second contributor shares (default: a small file that comes with vdata)')
    .action((options: Options) => run(context(), options))
  examples(command, [
    ['vdata demo', 'about half a minute'],
    ['vdata demo --data answers.jsonl', 'with your own file']
  ])
}

async function run(context: Context, { data }: Options): Promise<void> {
  const started = Date.now()
  const file = data === undefined ? undefined : resolve(data)
  if (file !== undefined && !(await exists(file))) {
    throw new VdataError('usage', 'FILE_NOT_FOUND', `There is no file ${data}.`, 'Check its name and folder.')
  }
  const folder = await mkdtemp(join(tmpdir(), 'vdata-demo-'))
  let steps = 0
  const result = await runDemo({
    folder,
    data: file,
    env: context.env,
    signal: context.signal,
    step: (text) => {
      context.emit({ event: 'step', number: ++steps, text })
      context.say(`${context.color.bold(`${steps}.`)} ${text}`)
    }
  })
  context.say(`\nWhat the dataset holds:\n${describeFacts(result.facts)}\n`)
  context.say(`Done in ${duration(Date.now() - started)}; nothing is left running. The records are in`)
  context.result({ event: 'done', ...result }, result.output)
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false
  )
}
