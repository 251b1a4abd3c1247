import test from 'brittle'
import type { TrainingRecord } from '../../lib/record/types.js'
import { asText, jsonLine, renderText } from '../../lib/record/write.js'

test('a line of JSON', (t) => {
  t.is(jsonLine({ kind: 'text', text: 'a\n"é"\u2028' }), '{"kind":"text","text":"a\\n\\"é\\"\u2028"}\n')
})

test('records as plain text, with a blank line between them', (t) => {
  const cases: [record: TrainingRecord, text: string][] = [
    [{ kind: 'text', text: 'a\nb', topic: 'x' }, 'a\nb'],
    [{ kind: 'instruction', prompt: 'p', response: 'r' }, 'p\n\nr'],
    [{ kind: 'instruction', system: 's', prompt: 'p', response: 'r' }, 's\n\np\n\nr'],
    [{ kind: 'preference', prompt: 'p', chosen: 'c', rejected: 'r' }, 'p\n\nc'],
    [{ kind: 'preference', prompt: '', chosen: '\n\nHuman: c', rejected: 'r' }, '\n\nHuman: c'],
    [
      {
        kind: 'chat',
        messages: [
          { role: 'system', content: 's' },
          { role: 'user', content: 'u', name: 'Ada' },
          { role: 'assistant', content: '' }
        ]
      },
      'system: s\n\nAda: u\n\nassistant: '
    ]
  ]
  for (const [record, text] of cases) {
    t.is(renderText(record), text)
    t.is(asText(record), text + '\n\n')
  }
})
