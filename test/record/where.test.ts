import test from 'brittle'
import { VdataError } from '../../lib/errors.js'
import type { TrainingRecord } from '../../lib/record/types.js'
import { matches, parseWhere, WHERE_FIELDS } from '../../lib/record/where.js'

const record: TrainingRecord = {
  kind: 'text',
  text: 'a',
  topic: 'law, civil',
  language: 'en',
  tags: ['x', 'y'],
  license: 'MIT'
}

function fits(...wheres: string[]): boolean {
  return matches(record, wheres.map(parseWhere))
}

test('what is asked for', (t) => {
  t.alike(parseWhere('topic=law'), { field: 'topic', values: ['law'] })
  t.alike(parseWhere(' model =gpt-4o, m'), { field: 'model', values: ['gpt-4o', ' m'] })
  t.alike(parseWhere('topic=law\\, civil,a\\\\b,c\\d,e=f'), {
    field: 'topic',
    values: ['law, civil', 'a\\b', 'c\\d', 'e=f']
  })
})

test('one value of each condition has to fit', (t) => {
  t.ok(fits())
  t.ok(fits('kind=text'))
  t.ok(fits('kind=chat,text', 'language=de,en', 'tags=y', 'license=MIT'))
  t.ok(fits('topic=law\\, civil'))
  t.absent(fits('topic=law'))
  t.absent(fits('language=EN'), 'values are compared as they are written')
  t.absent(fits('tags=z'))
  t.absent(fits('model=any'), 'a record without the field does not fit')
  t.absent(fits('kind=text', 'language=de'))
})

test('a condition that says nothing is wrong usage', (t) => {
  for (const text of ['', 'topic', '=law', 'seed=5', 'topic=', 'topic=a,', 'toString=a', 'kind:text']) {
    try {
      parseWhere(text)
      t.fail(text)
    } catch (error) {
      t.ok(error instanceof VdataError && error.failure === 'usage' && error.code === 'BAD_WHERE', text)
    }
  }
  t.is(WHERE_FIELDS.length, 7)
})
