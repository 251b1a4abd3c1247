import test from 'brittle'
import { spawnSync } from 'node:child_process'
import { PassThrough, Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { VdataError } from '../../lib/errors.js'
import { readRecords } from '../../lib/record/read.js'
import { file, inPieces, readAll, texts } from './reading.js'

test('the format is found by the name, else by the first bytes', async (t) => {
  const folder = await t.tmp()
  const cases: [name: string, content: string, texts: string[]][] = [
    ['a.jsonl', '"a"\n"b"', ['a', 'b']],
    ['a.NDJSON', '"a"', ['a']],
    ['a.json', '["a","b"]', ['a', 'b']],
    ['b.json', '\n{"text":"a"}\n{"text":"b"}\n', ['a', 'b']],
    ['c.json', '"a"\n"b"\n', ['a', 'b']],
    ['a.csv', 'text\na', ['a']],
    ['a.tsv', 'text\tx\na\tb', ['a']],
    ['a.txt', '["a"]', ['["a"]']],
    ['a.md', '# a', ['# a']],
    ['nameless', '\ufeff  {"text":"a"}', ['a']],
    ['nameless2', ' [{"text":"a"}]', ['a']],
    ['empty', '', []]
  ]
  for (const [name, content, expected] of cases) {
    const all = await readAll(file(folder, name, content))
    t.alike(
      texts(all).map(([, text]) => text),
      expected,
      name
    )
  }
  t.alike(
    texts(await readAll(file(folder, 'x.json', 'a\n\nb'), { format: 'text' })).length,
    2,
    'what is asked for counts'
  )
})

test('what is none of the formats is said so', async (t) => {
  const folder = await t.tmp()
  const cases: [content: string | Uint8Array, code: string][] = [
    ['hello', 'FORMAT_UNKNOWN'],
    ['a,b\n1,2', 'FORMAT_UNKNOWN'],
    [gzipSync('{"text":"a"}'), 'FORMAT_UNSUPPORTED'],
    [Buffer.from('\ufeff{"text":"a"}', 'utf16le'), 'FORMAT_UNSUPPORTED'],
    [Buffer.from('PAR1....'), 'FORMAT_UNSUPPORTED']
  ]
  for (const [content, code] of cases) t.is(await codeOf(readAll(file(folder, 'x', content))), `usage ${code}`)
  t.is(await codeOf(readAll(`${folder}/absent.jsonl`)), 'error FILE_NOT_FOUND')
  t.is(await codeOf(readAll(folder)), 'error FILE_UNREADABLE')
})

async function codeOf(run: Promise<unknown>): Promise<string> {
  try {
    await run
    return 'nothing'
  } catch (error) {
    return error instanceof VdataError ? `${error.failure} ${error.code}` : String(error)
  }
}

test('streams: of bytes, of text, one that fails, one that is left early', async (t) => {
  t.is((await readAll({ name: '-', stream: Readable.from(['{"text"', ':"é"}\n"b"']) })).records.length, 2)
  const failing = new PassThrough()
  failing.write('{"text":"a"}\n')
  const reading = readAll({ name: '-', stream: failing })
  failing.destroy(new Error('unplugged'))
  t.is(await codeOf(reading), 'error FILE_UNREADABLE')
  const left = Readable.from(['"a"\n', '"b"\n'])
  for await (const chunk of readRecords({ name: 'x.jsonl', stream: left })) {
    t.is(chunk.records.length, 1)
    break
  }
  t.ok(left.destroyed)
})

test('a signal ends reading, even from a stream on which nothing comes', async (t) => {
  const reason = new Error('enough')
  const controller = new AbortController()
  const idle = new PassThrough()
  idle.write('{"text":"a"}\n')
  const seen: number[] = []
  const reading = (async () => {
    for await (const { records } of readRecords({ name: '-', stream: idle }, { signal: controller.signal })) {
      seen.push(records.length)
      controller.abort(reason)
    }
  })()
  await t.exception(reading, /enough/)
  t.alike(seen, [1])
  t.ok(idle.destroyed)
  const path = file(await t.tmp(), 'a.jsonl', '"a"\n')
  await t.exception(readAll(path, { signal: AbortSignal.abort(reason) }), /enough/)
  t.is((await readAll(inPieces('"a"', 1, 'a.jsonl'), { signal: new AbortController().signal })).records.length, 1)
})

test('memory does not grow with a line, an element, a cell or the file', (t) => {
  // 300 MB each, in a process that may not have a heap of 64 MB, nor buffers of 128 MB outside of it.
  const program = `
    import { readRecords } from ${JSON.stringify(new URL('../../lib/record/read.js', import.meta.url).href)}
    const block = Buffer.alloc(1 << 20, 'x')
    const rows = Buffer.from('{"text":"' + 'y'.repeat(1000) + '"}\\n'.repeat(1)).toString()
    const many = Buffer.from(rows.repeat(1000))
    const list = Buffer.from((rows.trim() + ',\\n').repeat(1000))
    async function* input(first, piece, last) {
      yield Buffer.from(first)
      for (let i = 0; i < 300; i++) yield piece
      yield Buffer.from(last)
    }
    let external = 0
    for (const [format, first, piece, last] of [
      ['jsonl', '{"text":"', block, '"}\\n"a"\\n'], ['json', '["', block, '","a"]'], ['csv', 'id,text\\n1,"', block, '"\\n2,a\\n'],
      ['text', '', block, '\\n\\na'], ['jsonl', '', many, '"a"'], ['json', '[', list, '"a"]']
    ]) {
      let records = 0, refused = 0
      for await (const chunk of readRecords({ name: '-', stream: input(first, piece, last) }, { format })) {
        records += chunk.records.length
        refused += chunk.refused.length
        const { arrayBuffers } = process.memoryUsage()
        external = Math.max(external, arrayBuffers)
      }
      console.log(format, records, refused)
    }
    if (external > 128 << 20) throw new Error('buffers of ' + external)
  `
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--max-old-space-size=64', '--input-type=module', '-e', program],
    { encoding: 'utf8' }
  )
  t.is(stderr, '')
  t.is(status, 0)
  t.alike(stdout.trim().split('\n'), [
    'jsonl 1 1',
    'json 1 1',
    'csv 1 1',
    'text 1 1',
    'jsonl 300001 0',
    'json 300001 0'
  ])
})
