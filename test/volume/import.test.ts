import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test from 'brittle'
import { importFiles, type ImportEvent } from '../../lib/volume/import.js'
import { decodeBatch, splitLines } from '../../lib/volume/frame.js'
import { readSpool } from '../../lib/volume/spool.js'

const shared = fileURLToPath(new URL('../../../../shared/data', import.meta.url))
const child = fileURLToPath(new URL('helpers/import-child.js', import.meta.url))

async function linesOf(path: string): Promise<string[]> {
  const lines: string[] = []
  for await (const block of readSpool(path)) lines.push(...splitLines((await decodeBatch(block)).raw))
  return lines
}

test('files become a draft; what is no record is reported and left out', async (t) => {
  const dir = await t.tmp()
  const [one, two] = [join(dir, 'one.jsonl'), join(dir, 'two.txt')]
  const jsonl = '{"kind":"text","text":"first"}\nnonsense\n{"kind":"text","text":"second"}\n'
  const text = 'A paragraph.\n\nAnother one.\n'
  await writeFile(one, jsonl)
  await writeFile(two, text)
  const events: ImportEvent[] = []
  const summary = await importFiles({
    sources: [one, two],
    spool: join(dir, 'draft'),
    refuse: (record) => (record.kind === 'text' && record.text === 'Another one.' ? 'it is unwanted' : undefined),
    onEvent: (event) => events.push(event)
  })
  t.alike([summary.records, summary.refused, summary.bytes], [3, 2, jsonl.length + text.length])
  const lines = await linesOf(summary.drafts[0]!.path)
  t.alike(
    lines.map((line) => (JSON.parse(line) as { text: string }).text),
    ['first', 'second', 'A paragraph.']
  )
  const refused = events.filter((event) => event.event === 'refused')
  t.alike(
    refused.map(({ file, line }) => [file, line]),
    [
      [one, 2],
      [two, 3]
    ]
  )
  t.is(refused[1]?.reason, 'it is unwanted')
  const last = events.at(-1)
  t.alike(last, { event: 'import', file: two, bytes: text.length, records: 3, refused: 2 })
})

test('an import that fails or is interrupted leaves nothing behind', async (t) => {
  const dir = await t.tmp()
  const file = join(dir, 'in.jsonl')
  await writeFile(file, '{"kind":"text","text":"x"}\n'.repeat(50_000))
  const spool = join(dir, 'draft')
  await t.exception(importFiles({ sources: [file, join(dir, 'none')], spool }), { code: 'FILE_NOT_FOUND' })
  const abort = new AbortController()
  const onEvent = () => {
    if (existsSync(`${spool}.0`)) abort.abort()
  }
  const options = { sources: [file], spool, batchBytes: 1024, signal: abort.signal, onEvent }
  await t.exception(importFiles(options), { code: 'INTERRUPTED' })
  t.alike(await readdir(dir), ['in.jsonl'])
})

test('real preference data, field for field', { skip: !existsSync(shared) }, async (t) => {
  const dir = await t.tmp()
  const source = join(shared, 'hh-harmless-test.jsonl')
  const summary = await importFiles({ sources: [source], spool: join(dir, 'draft') })
  t.alike([summary.records, summary.refused], [2_312, 0])
  t.alike(summary.facets.kind, { values: { preference: 2_312 }, other: 0, missing: 0 })
  t.ok(summary.rawBytes / summary.wireBytes > 2, `${(summary.rawBytes / summary.wireBytes).toFixed(2)} times smaller`)
  const read = (await linesOf(summary.drafts[0]!.path)).map((line) => JSON.parse(line) as Record<string, string>)
  const given = (await readFile(source, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, string>)
  t.alike(
    read.map(({ prompt, chosen }) => `${prompt}${chosen}`.replace(/\s/g, '')),
    given.map(({ chosen }) => chosen!.replace(/\s/g, ''))
  )
})

test('memory does not grow with the file', { timeout: 600_000 }, async (t) => {
  const run = promisify(execFile)
  const held = async (megabytes: number) => {
    const { stdout } = await run(process.execPath, ['--expose-gc', child, String(megabytes), await t.tmp()])
    return Number(stdout)
  }
  const small = await held(20)
  const large = await held(120)
  t.ok(small > 0)
  t.ok(large - small < 15, `${small} MB are held of a file of 20 MB, ${large} MB of one of 120 MB`)
})
