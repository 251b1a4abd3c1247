import test from 'brittle'
import { VdataError } from '../../lib/errors.js'
import { parseMapping } from '../../lib/record/shapes.js'
import type { TrainingRecord } from '../../lib/record/types.js'
import { COLUMNS, csvHeader, csvRow } from '../../lib/record/write.js'
import { anyRecord, Random } from './random.js'
import { file, inPieces, readAll, reasons, texts } from './reading.js'

test('a table that was written reads back field for field', async (t) => {
  const random = new Random(7)
  const records = Array.from({ length: 400 }, () => anyRecord(random))
  const table = csvHeader() + records.map(csvRow).join('')
  const ordered = (await readAll(inPieces(records.map((record) => JSON.stringify(record)).join('\n'), 4096))).records
  for (const size of [1, 13, 1000, 2 ** 20]) {
    const all = await readAll(inPieces(table, size, 'x.csv'))
    if (all.refused.length > 0) return t.fail(JSON.stringify(all.refused[0]))
    t.is(all.records.length, records.length)
    const differs = all.records.findIndex(({ json }, i) => json !== ordered[i]?.json)
    t.is(differs, -1, all.records[differs]?.json)
    t.is(all.bytes, Buffer.byteLength(table))
  }
})

test('the columns, and what is quoted', (t) => {
  t.is(
    csvHeader(),
    'kind,system,prompt,response,messages,chosen,rejected,text,topic,language,tags,provider,model,temperature,seed,' +
      'input_tokens,output_tokens,created_at,recipe,license,terms,extra\r\n'
  )
  const record: TrainingRecord = {
    kind: 'instruction',
    prompt: '',
    response: 'a "b",\nc',
    tags: ['x', 'y'],
    temperature: 0.5,
    extra: { a: 1 }
  }
  t.is(csvRow(record), 'instruction,,"","a ""b"",\nc",,,,,,,"[""x"",""y""]",,,0.5,,,,,,,,"{""a"":1}"\r\n')
  t.is(csvRow({ kind: 'text', text: ' a' }).split(',').length, COLUMNS.length)
})

test("someone else's tables", async (t) => {
  const alpaca = 'instruction,input,output,score\r\nAdd,1 and 2,3,0.5\r\n"Say ""hi""",,hi,\r\n\r\n'
  const all = await readAll(inPieces(alpaca, 9, 'a.csv'))
  t.alike(
    all.records.map(({ record }) => record),
    [
      { kind: 'instruction', prompt: 'Add\n\n1 and 2', response: '3', extra: { score: '0.5', input_at: 5 } },
      { kind: 'instruction', prompt: 'Say "hi"', response: 'hi' }
    ]
  )
  t.alike(texts(await readAll(inPieces('text;lang\na,b;de\n', 3, 'a.csv'))), [[2, 'a,b']], 'semicolons')
  t.alike(texts(await readAll(inPieces('id\ttext\n1\ta, "b"\n', 3, 'a.tsv'))), [[2, 'a, "b"']], 'tabs')
  t.alike(texts(await readAll(inPieces('text\na\n"b\n\nc"\n\n"d"', 3, 'a.csv'))), [
    [2, 'a'],
    [3, 'b\n\nc'],
    [7, 'd']
  ])
  const mapped = await readAll(inPieces('q,a,n\nWhy,So,5\n', 3, 'a.csv'), {
    mapping: parseMapping(['prompt=q', 'response=a', 'seed=n'])
  })
  t.alike(mapped.records[0]?.record, { kind: 'instruction', prompt: 'Why', response: 'So', seed: 5 })
  const quoted = COLUMNS.map((column) => (column === 'kind' || column === 'text' ? 'text' : '')).map(
    (cell) => `"${cell}"`
  )
  const everyCell = await readAll(inPieces(`${COLUMNS.join()}\n${quoted.join()}`, 99, 'a.csv'))
  t.alike(everyCell.records[0]?.record, { kind: 'text', text: 'text' }, 'a writer that quotes every cell')
  const chat = await readAll(inPieces('messages\n"[{""role"":""user"",""content"":""u""}]"\nnone\n', 5, 'a.csv'))
  t.alike(chat.records[0]?.record, { kind: 'chat', messages: [{ role: 'user', content: 'u' }] })
  t.alike(reasons(chat), [[3, 'messages must be a list of messages']])
})

test('a malformed row costs itself only', async (t) => {
  const rows = ['id,text', '1,a', '2,"b" c', '3,d', '4,e,f', '5', '6,"g', 'h"', '7,"i""j"', '8,k"l', '9,"m"" n', '10,o']
  for (const end of ['\n', '\r\n']) {
    for (const size of [1, 2, 5, 1000]) {
      const all = await readAll(inPieces(rows.join(end), size, 'a.csv'))
      t.alike(texts(all), [
        [2, 'a'],
        [4, 'd'],
        [7, `g${end}h`],
        [9, 'i"j'],
        [10, 'k"l'],
        [12, 'o']
      ])
      t.alike(reasons(all), [
        [3, 'text follows a closing quote'],
        [5, 'the row has 3 cells, and the table has 2 columns'],
        [6, 'the row has 1 cells, and the table has 2 columns'],
        [11, 'a quote is not closed']
      ])
    }
  }
})

test('rows that are too long, and bytes that are not UTF-8', async (t) => {
  const big = 'x'.repeat(2 ** 20)
  const content = Buffer.concat([
    Buffer.from(`id,text\n1,a\n2,${big}\n3,b\n4,"${big}"\n5,c\n6,`),
    Buffer.from([0xff]),
    Buffer.from('\n7,"é'),
    Buffer.from([0xc3]),
    Buffer.from(`"\n8,é\n${big}${big}`)
  ])
  for (const size of [65536, 2 ** 24]) {
    const all = await readAll(inPieces(content, size, 'a.csv'))
    t.alike(texts(all), [
      [2, 'a'],
      [4, 'b'],
      [6, 'c'],
      [9, 'é']
    ])
    t.alike(
      reasons(all).map(([line, reason]) => [line, reason.slice(0, 22)]),
      [
        [3, 'the row is longer than'],
        [5, 'the row is longer than'],
        [7, 'the row is not UTF-8'],
        [8, 'the row is not UTF-8'],
        [10, 'the row is longer than']
      ]
    )
  }
})

test('a table without a usable first row is an error', async (t) => {
  for (const header of ['a,b,a', 'a,__proto__', '"a" b', '"a']) {
    const path = file(await t.tmp(), 'bad.csv', `${header}\n1,2\n`)
    const error = await readAll(path).then(
      () => undefined,
      (reason: unknown) => reason
    )
    t.ok(error instanceof VdataError && error.code === 'CSV_HEADER', header)
  }
  t.alike(await readAll(inPieces('', 1, 'a.csv')), { records: [], refused: [], bytes: 0 })
  t.alike((await readAll(inPieces('text', 1, 'a.csv'))).records, [])
})
