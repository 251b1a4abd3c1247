import test from 'brittle'
import { anyRecord, Random } from './random.js'
import { inPieces, readAll, reasons, texts } from './reading.js'

test('an array in any layout and in pieces of any size', async (t) => {
  const random = new Random(6)
  const records = Array.from({ length: 60 }, () => anyRecord(random))
  const compact = JSON.stringify(records)
  const layouts = [
    compact,
    JSON.stringify(records, null, 2),
    ` \r\n\ufeff`.slice(0, 3) + compact + '\n\n',
    `\ufeff${compact}`
  ]
  const expected = (await readAll(inPieces(records.map((record) => JSON.stringify(record)).join('\n'), 1000))).records
  for (const layout of layouts) {
    for (const size of [1, 2, 3, 50, 4096, 2 ** 20]) {
      const all = await readAll(inPieces(layout, size), { format: 'json' })
      if (all.refused.length > 0) return t.fail(JSON.stringify(all.refused))
      const same = all.records.every(({ json }, i) => json === expected[i]?.json)
      t.ok(same && all.records.length === records.length, `${size} bytes at a time`)
      t.is(all.bytes, Buffer.byteLength(layout))
    }
  }
})

test('elements that are no records are reported with the line on which they begin', async (t) => {
  const content = [
    '[{"text":"a"},', //
    '  {"text":',
    '    "b"}, 5,',
    ' {"text": x}, "c, ] \\" [",',
    '',
    '\t[{"text":"not this"}],',
    '{}, {"text":"d"}',
    ']'
  ].join('\n')
  for (const size of [1, 3, 1000]) {
    const all = await readAll(inPieces(content, size))
    t.alike(texts(all), [
      [1, 'a'],
      [2, 'b'],
      [4, 'c, ] " ['],
      [7, 'd']
    ])
    t.alike(
      reasons(all).map(([line, reason]) => [line, reason.slice(0, 8)]),
      [
        [3, 'it is ne'],
        [4, 'not JSON'],
        [6, 'it is ne'],
        [7, 'it is em']
      ]
    )
  }
})

test('arrays that are not whole', async (t) => {
  const cases: [content: string, records: number, line: number, reason: string][] = [
    ['', 0, 1, 'the file is empty'],
    [' \n ', 0, 1, 'the file is empty'],
    ['[', 0, 1, 'the file ends before its array does'],
    ['["a",\n', 1, 2, 'the file ends before its array does'],
    ['["a",\n{"text":"b', 1, 2, 'the file ends inside this element'],
    ['["a"', 0, 1, 'the file ends inside this element'],
    ['["a"]\n\n["b"]\n["c"]', 1, 3, 'something follows the end of the array'],
    ['\n{"text":"a"}', 0, 2, 'the file does not begin with [']
  ]
  for (const [content, records, line, reason] of cases) {
    for (const size of [1, 100]) {
      const all = await readAll(inPieces(content, size), { format: 'json' })
      t.alike(reasons(all), [[line, reason]], JSON.stringify(content))
      t.is(all.records.length, records)
    }
  }
  t.alike(await readAll(inPieces('[]', 1)), { records: [], refused: [], bytes: 2 })
})

test('backslashes at every place around a quote', async (t) => {
  const strings = Array.from({ length: 12 }, (_, i) => '\\'.repeat(i) + '"'.repeat(i % 3) + '\\'.repeat(i % 5))
  for (let size = 1; size < 20; size++) {
    t.alike(
      texts(await readAll(inPieces(JSON.stringify(strings), size))).map(([, text]) => text),
      strings
    )
  }
})

test('large, deep and broken elements cost themselves only', async (t) => {
  const deep = '['.repeat(50_000) + ']'.repeat(50_000)
  const content = Buffer.concat([
    Buffer.from(`["a",\n{"text":"${'x'.repeat(2 ** 21)}"},\n"b",\n${deep},\n"`),
    Buffer.from([0xff]),
    Buffer.from(`",\n"c",\n"${'y'.repeat(2 ** 20)}","d"]`)
  ])
  for (const size of [4096, 2 ** 24]) {
    const all = await readAll(inPieces(content, size))
    t.alike(texts(all), [
      [1, 'a'],
      [3, 'b'],
      [6, 'c'],
      [7, 'd']
    ])
    t.alike(reasons(all), [
      [2, 'the element is longer than 1048576 bytes'],
      [4, 'it is neither an object nor text'],
      [5, 'the element is not UTF-8'],
      [7, 'the element is longer than 1048576 bytes']
    ])
  }
})
