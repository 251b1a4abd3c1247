import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'brittle'
import { Cli } from '../helpers/cli.js'
import { needsShared, sharedPath } from '../helpers/shared.js'

const REAL = 'data/text-davinci-003.jsonl'
const PREFERENCES = 'data/hh-harmless-test.jsonl'
const STEREOSET = 'data/bias/stereoset/dev.json'

interface Result {
  passes: boolean
  level: string
  files: { file: string; first: number; records: number }[]
  report: {
    records: number
    refused: unknown
    findings: { code: string; examples: { line: number }[] }[]
    dataset: { findings: { code: string }[] } | null
  }
}

test('vdata check says what would be refused, by file and line', async (t) => {
  const cli = await Cli.create(t)
  await writeFile(
    join(cli.home, 'a.jsonl'),
    [line('A plain text.'), 'not json', line('Mail to jane@acme.org.')].join('\n')
  )
  await writeFile(
    join(cli.home, 'b.jsonl'),
    [line('Another text.'), line('A plain text.'), line('What the fuck?')].join('\n')
  )
  const { code, stdout, stderr } = await cli.run(['check', 'a.jsonl', 'b.jsonl'])
  t.is(code, 8)
  t.is(stdout, '')
  for (const shown of [
    'a.jsonl:2',
    'a.jsonl:3  text  j…@acme.org',
    'b.jsonl:2  record 0',
    'b.jsonl:3  text  fuck',
    '6 records checked: 3 with faults, too many to pass.'
  ]) {
    t.ok(stderr.includes(shown), shown)
  }
  const json = await cli.run(['check', 'a.jsonl', 'b.jsonl', '--json'])
  t.is(json.code, 8)
  const result = JSON.parse(json.stdout) as Result
  t.is(result.level, 'refuse')
  t.alike(result.files, [
    { file: 'a.jsonl', first: 0, records: 3 },
    { file: 'b.jsonl', first: 3, records: 3 }
  ])
  t.alike(result.report.refused, [
    [1, 2],
    [4, 4]
  ])
  t.is(result.report.findings.find((finding) => finding.code === 'pii_email')?.examples[0]?.line, 3)
})

test('vdata check goes by other rules, and ends well where nothing is refused', async (t) => {
  const cli = await Cli.create(t)
  await writeFile(join(cli.home, 'rules.json'), JSON.stringify({ checks: { pii: { levels: { pii_email: 'note' } } } }))
  const stdin = `${JSON.stringify({ text: 'Mail to jane@acme.org.', license: 'MIT' })}\n`
  const { code, stderr } = await cli.run(['check', '-', '--rules', 'rules.json'], { stdin })
  t.is(code, 0)
  t.ok(stderr.includes('1 record checked: nothing against them.'), stderr)
  await writeFile(join(cli.home, 'rules.json'), '{"checks":{"magic":{}}}')
  t.is((await cli.run(['check', '-', '--rules', 'rules.json'], { stdin })).code, 5, 'rules of the future')
  t.is((await cli.run(['check', '-', '--rules', 'absent.json'], { stdin })).code, 2)
  t.is((await cli.run(['check', 'absent.jsonl'])).code !== 0, true)
})

test('vdata check on real answers', needsShared(REAL, STEREOSET), async (t) => {
  const cli = await Cli.create(t)
  const { code, stdout } = await cli.run([
    'check',
    sharedPath(REAL),
    '--json',
    '--thorough',
    '--benchmarks',
    sharedPath(STEREOSET)
  ])
  const { report } = JSON.parse(stdout) as Result
  t.is(code, 0, 'two of 252 are not too many')
  t.is(report.records, 252)
  t.alike(
    report.refused,
    [
      [191, 191],
      [235, 235]
    ],
    'e-mail addresses in 192, a phone number in 236'
  )
  t.alike(report.dataset?.findings, [])
  t.is((await cli.run(['check', sharedPath(REAL), '--strict'])).code, 8)
})

test('vdata check on real preferences: an implicit prompt is no empty one', needsShared(PREFERENCES), async (t) => {
  const cli = await Cli.create(t)
  const { code, stdout } = await cli.run(['check', sharedPath(PREFERENCES), '--json'])
  const { passes, report } = JSON.parse(stdout) as Result
  t.alike([code, passes, report.records], [0, true, 2312])
  t.absent(report.findings.some((finding) => finding.code === 'empty'))
})

function line(text: string): string {
  return JSON.stringify({ kind: 'text', text, license: 'MIT' })
}
