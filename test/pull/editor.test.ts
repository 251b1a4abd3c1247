// `--sql` alone: a statement that is written in an editor, on a real terminal.
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type Assert } from 'brittle'
import { Cli, HAS_TERMINAL } from '../helpers/cli.js'
import { texts } from '../volume/helpers/data.js'
import { cachedDataset } from './helpers/dataset.js'

const options = { skip: !HAS_TERMINAL, timeout: 600_000 }

/** A reader whose editor keeps what it was shown and runs `script` on the file, which is $1. */
async function reader(t: Assert, script: string) {
  const cli = await Cli.create(t)
  const parts = [
    texts(5, { topic: 'law', language: 'en' }),
    texts(4, { topic: "o'clock", language: 'de', tags: ['x'] })
  ]
  const { link } = await cachedDataset(cli.home, [parts])
  const editor = join(cli.home, 'editor.sh')
  await writeFile(editor, `#!/bin/sh\ncp "$1" '${join(cli.home, 'shown.sql')}'\n${script}\n`)
  await chmod(editor, 0o755)
  const pull = (...args: string[]) => {
    const call = ['pull', 'out.csv', '--from', link, '--offline', '--sql', ...args]
    return cli.start(call, { terminal: true, env: { EDITOR: editor, VISUAL: undefined } }).exited
  }
  const read = (name: string) => readFile(join(cli.home, name), 'utf8')
  return { pull, read, cli, link }
}

test('the editor opens on a statement that lists columns and values, and its answer is written', options, async (t) => {
  const answer = `SELECT topic, count(*) AS n FROM records GROUP BY topic ORDER BY topic`
  const { pull, read } = await reader(t, `echo "${answer}" > "$1"`)
  const { code, stdout } = await pull()
  t.is(code, 0, stdout)
  t.is(await read('out.csv'), "topic,n\r\nlaw,5\r\no'clock,4\r\n")
  const shown = await read('shown.sql')
  for (const part of [
    'test: 9 records',
    'created_at     TIMESTAMP',
    'messages       list of',
    'contributor    VARCHAR'
  ]) {
    t.ok(shown.includes(part), part)
  }
  t.ok(/topic +'law', 'o''clock'$/m.test(shown), 'values as they are written in SQL')
  t.ok(/language +'de', 'en'$/m.test(shown))
  t.ok(/releases +name, length/.test(shown), 'the other tables')
})

test('what the editor is opened with can be run as it is', options, async (t) => {
  const { pull, read } = await reader(t, 'true')
  t.is((await pull()).code, 0)
  const rows = (await read('out.csv')).split('\r\n')
  t.is(rows.length, 11)
  t.ok(rows[0]!.startsWith('kind,system,prompt'))
})

test('an empty file, a failing editor or a wrong statement does nothing', options, async (t) => {
  const empty = await reader(t, ': > "$1"')
  const nothing = await empty.pull()
  t.is(nothing.code, 2)
  t.ok(nothing.stdout.includes('empty'))
  await t.exception(empty.read('out.csv'))

  const failing = await reader(t, 'exit 3')
  const failed = await failing.pull()
  t.is(failed.code, 1)
  t.ok(failed.stdout.includes('did not end well'))

  const wrong = await reader(t, 'printf "SELECT prompt\\nFROM records\\nWHERE topik = 1" > "$1"')
  const { code, stdout } = await wrong.pull()
  t.is(code, 2)
  t.ok(/line 3, column 7/.test(stdout.replace(/\s+/g, ' ')), 'the place is named')
})

test('without a terminal it says how else; - reads standard input', { timeout: 600_000 }, async (t) => {
  const { cli, link, read } = await reader(t, 'true')
  const { code, stderr } = await cli.run(['pull', 'out.csv', '--from', link, '--offline', '--sql'])
  t.is(code, 2)
  t.ok(stderr.includes('--sql -'))
  const sql = `SELECT count(*) AS n -- all\nFROM records`
  t.is((await cli.run(['pull', 'out.csv', '--from', link, '--offline', '--sql', '-'], { stdin: sql })).code, 0)
  t.is(await read('out.csv'), 'n\r\n9\r\n')
})
