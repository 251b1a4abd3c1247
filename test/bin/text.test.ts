import test from 'brittle'
import * as format from '../../bin/format.js'
import { table } from '../../bin/table.js'
import { clean, cleanColored, cleanLines, jsonLine, lowerFirst, sentence } from '../../bin/text.js'
import { displayWidth, truncate } from '../../bin/width.js'

const CONTROLS = [...Array(0x20).keys(), ...Array.from({ length: 0x21 }, (_, at) => 0x7f + at)]
  .map((code) => String.fromCharCode(code))
  .join('')

test('no control character is left of outside text', (t) => {
  const reordering = '\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff'
  for (const [name, cleaned] of [
    ['clean', clean(CONTROLS + reordering)],
    ['cleanLines', cleanLines(CONTROLS + reordering)],
    ['cleanColored', cleanColored(CONTROLS + reordering, true)]
  ] as const) {
    t.absent(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff]/.test(cleaned), name)
  }
  t.is(clean('one\r\n\ttwo\u2028three'), 'one two three', 'one line stays one line')
  t.is(cleanLines('one\n\ttwo'), 'one\n\ttwo')
})

test('escape sequences go as a whole, and other writing stays', (t) => {
  t.is(clean('a\u001b[31mb\u001b[2Jc\u001b]0;title\u0007d'), 'abcd')
  t.is(clean('\u001b]8;;https://example.org\u001b\\link\u001b]8;;\u001b\\'), 'link')
  const writing = 'naïve 日本語 עברית ‏ العربية 👩‍👩‍👧 e\u0301'
  t.is(clean(writing), writing)
})

test('only the colours that vdata uses itself survive', (t) => {
  const text = '\u001b[31mred\u001b[39m \u001b[8mhidden\u001b[0m \u001b[38;5;1m256\u001b[2Jend'
  t.is(cleanColored(text, true), '\u001b[31mred\u001b[39m hidden 256end')
  t.is(cleanColored(text, false), 'red hidden 256end')
  // Taking one sequence out must not put another one together.
  t.absent(/\u001b(?!\[(?:31|39)m)/.test(cleanColored('\u001b\u001b[31m[2J \u001b[\u001b[39m2J', true)))
})

test('JSON is one line that a terminal does not act on, and the same value', (t) => {
  const value = { text: CONTROLS + '\u2028\u202e\ufeff\n' }
  const line = jsonLine(value)
  t.alike(JSON.parse(line), value)
  t.absent(/[\u0000-\u001f\u007f-\u009f\u2028\u202e\ufeff]/.test(line))
  t.is(jsonLine(undefined), 'null')
})

test('width and cutting count columns', (t) => {
  t.is(displayWidth('日本'), 4)
  t.is(displayWidth('\u001b[31mred\u001b[39m'), 3)
  t.is(truncate('short', 10), 'short')
  t.is(truncate('a longer text', 8), 'a longe…')
  t.is(truncate('日本語日本語', 6), '日本…')
  t.is(truncate('\u001b[31mred and more\u001b[39m', 4), '\u001b[31mred…\u001b[22m\u001b[39m')
})

test('sentences', (t) => {
  t.is(sentence('no file'), 'No file.')
  t.is(sentence('No file.'), 'No file.')
  t.is(lowerFirst('Did you'), 'did you')
  t.is(lowerFirst('JSON must'), 'JSON must')
})

test('a table is aligned, whatever is in its cells', (t) => {
  const rows = [
    ['law', '12', 'x\u001b[2Jy'],
    ['日本', '3', ''],
    ['two\nlines', '1,234', 'z']
  ]
  t.is(
    table(rows, { head: ['topic', 'records', ''], right: [1] }),
    ['topic      records', 'law             12  xy', '日本             3', 'two lines    1,234  z'].join('\n')
  )
  t.is(table([]), '')
})

test('sizes, rates, times, counts and parts', (t) => {
  for (const [size, text] of [
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.00 kB'],
    [9995, '10.0 kB'],
    [99_949, '99.9 kB'],
    [99_950, '100 kB'],
    [999_499, '999 kB'],
    [999_500, '1.00 MB'],
    [1_250_000, '1.25 MB'],
    [12_500_000_000, '12.5 GB'],
    [2e18, '2000 PB']
  ] as const) {
    t.is(format.bytes(size), text)
  }
  t.is(format.rate(11_400_000), '11.4 MB/s')
  t.is(format.rate(NaN), '0 B/s')
  for (const [milliseconds, text] of [
    [0, '0 ms'],
    [999, '999 ms'],
    [999.6, '1 s'],
    [59_499, '59 s'],
    [59_500, '1 min'],
    [200_000, '3 min 20 s'],
    [3_600_000, '1 h'],
    [7_500_000, '2 h 5 min'],
    [86_399_000, '1 d'],
    [273_600_000, '3 d 4 h'],
    [Infinity, 'unknown']
  ] as const) {
    t.is(format.duration(milliseconds), text)
  }
  t.is(format.count(0), '0')
  t.is(format.count(999), '999')
  t.is(format.count(1234567), '1,234,567')
  t.is(format.plural(1, 'record'), '1 record')
  t.is(format.plural(2312, 'record'), '2,312 records')
  t.is(format.plural(0, 'entry', 'entries'), '0 entries')
  t.is(format.percent(0, 0), '0 %')
  t.is(format.percent(1, 1000), '<1 %')
  t.is(format.percent(999, 1000), '99 %')
  t.is(format.percent(5, 5), '100 %')
})
