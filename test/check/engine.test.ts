import { test } from 'brittle'
import { DatasetIndex } from '../../lib/check/bands/dataset-index.js'
import { rowsOf } from '../../lib/check/bands/rows-of.js'
import { ROW_BYTES } from '../../lib/check/bands/row.js'
import { benchmarkTable } from '../../lib/check/benchmarks.js'
import { CheckRun, type CheckOptions } from '../../lib/check/engine.js'
import { Inspector } from '../../lib/check/inspector.js'
import {
  levelOf,
  localReport,
  refusedRecords,
  type CheckReport,
  type Range,
  type ReportPart
} from '../../lib/check/report.js'
import { checkRules } from '../../lib/check/rules.js'
import { CheckThreads } from '../../lib/check/threads.js'
import { canonical } from '../../lib/record/canonical.js'
import { checked, textRecord } from './helpers/findings.js'
import { Random } from './helpers/random.js'

/** Records of all sorts, the same in every run: good ones, bad ones, doubles, and some that are none. */
function mixture(count: number): unknown[] {
  const random = new Random(3)
  const words = 'the a cat dog house tree of to and that runs sees very old new fuck river city said with have'.split(
    ' '
  )
  const records: unknown[] = []
  const base = Array.from({ length: 90 }, () => random.text(6, 'abcdefghijklmno')).join(' ')
  for (let i = 0; i < count; i++) {
    const text = Array.from({ length: random.between(5, 120) }, () => random.pick(words)).join(' ')
    const kind = random.between(0, 20)
    if (kind === 0 && i > 0) records.push(records[random.between(0, i - 1)])
    else if (kind === 1) records.push({ kind: 'text', text: 5 })
    else if (kind === 2) records.push(textRecord(`${text} jane@acme.org`))
    else if (kind === 4) records.push(textRecord(`${random.text(4, 'pqrst')} ${base} ${random.text(4, 'uvwxyz')}`))
    else if (kind === 3) records.push(textRecord(`${text}\u001b[2J`, { language: 'fr' }))
    else
      records.push({
        kind: 'chat',
        messages: [
          { role: 'user', content: text },
          { role: 'assistant', content: text.slice(0, 60) }
        ]
      })
  }
  return records
}

async function report(records: unknown[], step: number, options: CheckOptions): Promise<CheckReport> {
  const run = new CheckRun(checkRules({ slow_sample: 20 }), options)
  for (let at = 0; at < records.length; at += step) {
    await run.addBatch(records.slice(at, at + step).map((record, i) => ({ record, line: at + i + 1 })))
  }
  return run.finish()
}

test('a report is the same whatever threads and batches it was made in', async (t) => {
  const records = mixture(1500)
  const here = canonical(await report(records, 1500, { threads: 0 }))
  for (const code of ['format', 'exact_duplicate', 'near_duplicate', 'pii_email', 'terminal_escape', 'profanity']) {
    t.ok(here.includes(`"code":"${code}"`), code)
  }
  t.is(canonical(await report(records, 7, { threads: 1 })), here, 'one thread, batches of 7')
  const threads = new CheckThreads(3)
  const [first, second] = await Promise.all([report(records, 100, { threads }), report(records, 333, { threads })])
  await threads.close()
  t.is(canonical(first), here, 'three threads, shared with another run')
  t.is(canonical(second), here, 'the other run')
})

test('contributor and moderator get the same report but for what needs the dataset', async (t) => {
  const records = mixture(400)
  const index = DatasetIndex.open(await t.tmp())
  const earlier = new CheckRun(checkRules(), { threads: 0, keepRows: true })
  await earlier.addBatch(records.slice(0, 100).map((record) => ({ record })))
  await earlier.finish()
  await index.add('earlier', earlier.rows)
  const benchmarks = benchmarkTable([{ name: 'items', texts: ['the a cat dog house tree of to and that runs sees'] }])

  const contributor = await checked(records)
  const moderator = await checked(records, {}, { against: index, benchmarks, threads: 2 })
  t.is(localReport(moderator), localReport(contributor), 'byte for byte')
  t.is(contributor.dataset, null)
  t.alike([moderator.dataset?.index, moderator.dataset?.benchmarks], [true, ['items']])
  const there = moderator.dataset?.findings.find(({ code }) => code === 'dataset_duplicate')
  const valid = contributor.findings
    .find(({ code }) => code === 'format')!
    .at.flatMap(([from, to]) => (from < 100 ? [from, to] : []))
  t.ok((there?.records.refuse ?? 0) >= 100 - valid.length, `${there?.records.refuse} of the first hundred are known`)
  t.is(there?.examples[0]?.detail, 'earlier/0')
  await index.close()
})

test('doubles are found within a volume, and the first of them is kept', async (t) => {
  const random = new Random(9)
  const sentence = Array.from({ length: 60 }, () => random.text(6, 'abcdefghijklmnopqrstuvwxyz'))
  const almost = (place: number) => textRecord(sentence.with(place, 'other').join(' '))
  const records = [
    textRecord(sentence.join(' ')),
    almost(3),
    textRecord(sentence.join(' '), { topic: 'x' }),
    textRecord('Something else.'),
    almost(50)
  ]
  const { findings, refused } = await checked(records, {
    checks: { repetition: { off: true }, quality: { off: true } }
  })
  t.alike(
    findings.map(({ code, at }) => [code, at]),
    [
      ['exact_duplicate', [[2, 2]]],
      [
        'near_duplicate',
        [
          [1, 1],
          [4, 4]
        ]
      ]
    ]
  )
  t.alike(refused, [[2, 2]], 'facets do not make another record')
  t.ok(findings[1]?.examples[0]?.detail?.startsWith('record 0, '))
  const shared =
    'You are a helpful assistant that answers each and every question at length and with patience. '.repeat(4)
  const chats = ['What is the tallest mountain on earth?', 'How do I bake bread without yeast?'].map((content) => ({
    kind: 'chat',
    messages: [
      { role: 'system', content: shared },
      { role: 'user', content },
      { role: 'assistant', content: 'It depends.' }
    ],
    license: 'MIT'
  }))
  t.alike(
    (await checked(chats, { checks: { repetition: { off: true } } })).findings,
    [],
    'the same system message makes no doubles'
  )
})

test('refused records of both parts are joined', async (t) => {
  const base = await checked([textRecord('A text.')])
  const both: CheckReport = {
    ...base,
    ...part([
      [0, 2],
      [9, 9]
    ]),
    dataset: {
      ...part([
        [2, 4],
        [10, 11],
        [20, 20]
      ]),
      index: true,
      benchmarks: []
    }
  }
  t.alike(refusedRecords(both), [
    [0, 4],
    [9, 11],
    [20, 20]
  ])
  t.is(levelOf({ ...base, dataset: both.dataset }), 'refuse')
  t.is(levelOf(base), 'pass')
})

test('reports hold nothing that acts on a terminal, and little of a secret', async (t) => {
  const hostile = `\u001b]0;evil\u0007 \u202e jane.doe@acme.org sk-${'a1B2c3D4'.repeat(5)}`
  const result = await checked([
    textRecord(hostile, { topic: 'x', extra: { '\u001b[2J': 'a\u009bb', more: hostile } }),
    { kind: 'text', ['\u001b[2J']: 1 },
    textRecord('x', { license: 'MIT', provider: 'openai', terms: 'https://a.b/' })
  ])
  const json = canonical(result)
  t.absent(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]|\\u00/.test(json))
  t.absent(json.includes('jane.doe') || json.includes('a1B2c3D4'))
  t.ok(result.findings.length >= 4)
})

test('lines that are no records count as records that are refused', async (t) => {
  const run = new CheckRun(checkRules(), { threads: 0 })
  await run.addBatch([
    { record: textRecord('Fine.'), line: 1 },
    { problem: 'not JSON: \u001b[31m', line: 2 },
    { record: textRecord('Good.'), line: 3 }
  ])
  const { findings, refused, records } = await run.finish()
  t.is(records, 3)
  t.alike(refused, [[1, 1]])
  t.alike(findings[0]?.examples, [{ record: 1, line: 2, level: 'refuse', detail: 'not JSON:  [31m' }])
})

test('a run can be stopped, and leaves nothing behind', async (t) => {
  const stop = new AbortController()
  const run = new CheckRun(checkRules(), { threads: 1, signal: stop.signal })
  await run.addBatch(mixture(300).map((record) => ({ record })))
  stop.abort(new Error('stopped'))
  await t.exception(run.addBatch(mixture(300).map((record) => ({ record }))), /stopped/)
  await run.close()
})

test('rows are kept for the index, one for each record', async (t) => {
  const run = new CheckRun(checkRules(), { threads: 0, keepRows: true })
  const records = mixture(300)
  await run.addBatch(records.map((record) => ({ record })))
  const { findings } = await run.finish()
  const { rows } = run
  t.is(rows.length, 300 * ROW_BYTES)
  const empty = records
    .map((_, i) => i)
    .filter((i) => rows.subarray(i * ROW_BYTES, (i + 1) * ROW_BYTES).every((byte) => byte === 0))
  const format = findings.find(({ code }) => code === 'format')
  t.alike(empty.length, format?.records.refuse, 'empty ones for what is no record')
  const entries = records.map((record) => ({ record }))
  const again = await rowsOf([entries.slice(0, 10), entries.slice(10)], { threads: 1 })
  t.ok(Buffer.from(again).equals(rows), 'and they can be made again without the checks')
})

test('the time of each check grows with the text, whatever it is', async (t) => {
  const random = new Random(5)
  const hostile: [name: string, piece: () => string][] = [
    ['one letter', () => 'a'],
    ['spaces', () => ' '],
    ['lines', () => 'x\n'],
    ['empty lines', () => '\n'],
    ['the same words', () => 'very good '],
    ['different words', () => `${random.text(7, 'abcdefghij')} `],
    ['brackets', () => '[your {{ '],
    ['code', () => '```'],
    ['apostrophes', () => "a'"],
    ['stars', () => 'f*'],
    ['sorry', () => "I'm sorry, "],
    ['accents', () => 'é'],
    ['combining marks', () => 'e\u0301'],
    ['Chinese', () => '的一'],
    ['emoji', () => '😀'],
    ['surrogates of tags', () => '\u{e0041}'],
    ['mojibake', () => 'Ã']
  ]
  const inspector = await Inspector.create({ rules: checkRules() })
  for (const [name, piece] of hostile) {
    const time = (length: number): number => {
      let text = ''
      while (text.length < length) text += piece()
      const record = textRecord(text, { language: 'en' })
      // Processor time, because other processes run beside the tests.
      const runs = [1, 2, 3].map(() => {
        const before = process.cpuUsage()
        inspector.inspect([{ record }], 'cheap')
        const { user, system } = process.cpuUsage(before)
        return user + system
      })
      return Math.min(...runs)
    }
    // Sixteen times the text: 256 times the time where the work is quadratic.
    const ratio = time(256 * 1024) / time(16 * 1024)
    t.ok(ratio < 100, `${name}: ${ratio.toFixed(1)} times as long for 16 times the text`)
  }
})

function part(refused: Range[]): ReportPart {
  return { level: 'refuse', refused, exceeded: [], findings: [] }
}
