import test from 'brittle'
import { readFileSync } from 'node:fs'
import { readRecords } from '../../lib/record/read.js'
import { checkRecord } from '../../lib/record/schema.js'
import type { TrainingRecord } from '../../lib/record/types.js'
import { needsShared, sharedPath } from '../helpers/shared.js'

const HH = 'data/hh-harmless-test.jsonl'
const DAVINCI = 'data/text-davinci-003.jsonl'

test('hh-harmless: every pair reads back word for word', needsShared(HH), async (t) => {
  const { records, originals } = await both(HH)
  t.is(records.length, 2312)
  const expected = originals.map(({ chosen, rejected }) => ({ kind: 'preference', prompt: '', chosen, rejected }))
  t.alike(records, expected)
})

test(
  'text-davinci-003: prompt and response are fields, all others stand under extra',
  needsShared(DAVINCI),
  async (t) => {
    const { records, originals } = await both(DAVINCI)
    t.is(records.length, 252)
    const expected = originals.map(({ prompt, response, ...extra }) => ({
      kind: 'instruction',
      prompt,
      response,
      extra
    }))
    t.alike(records, expected)
  }
)

async function both(path: string) {
  const file = sharedPath(path)
  const records: TrainingRecord[] = []
  for await (const chunk of readRecords(file)) {
    if (chunk.refused.length > 0) throw new Error(JSON.stringify(chunk.refused[0]))
    for (const { json } of chunk.records) {
      const { record, problem } = checkRecord(JSON.parse(json))
      if (!record) throw new Error(problem)
      records.push(record)
    }
  }
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
  return { records, originals: lines.map((line) => JSON.parse(line) as { [field: string]: unknown }) }
}
