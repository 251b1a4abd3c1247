import test from 'brittle'
import { SHAPES, toShape } from '../../lib/record/shapes.js'
import type { TrainingRecord } from '../../lib/record/types.js'
import { anyRecord, Random } from './random.js'
import { imported, shaped } from './shaping.js'

test('every record has each shape or a reason why not', (t) => {
  const random = new Random(5)
  for (let i = 0; i < 1000; i++) {
    const record = anyRecord(random)
    for (const shape of SHAPES) {
      const { value, reason } = toShape(record, shape)
      if ((value === undefined) === (reason === undefined)) return t.fail(`${shape} ${JSON.stringify(record)}`)
    }
    t.ok(toShape(record, 'text').value)
  }
  const asked: TrainingRecord = { kind: 'instruction', system: 's', prompt: 'p', response: 'r', topic: 'law' }
  t.alike(shaped(asked, 'alpaca'), { system: 's', instruction: 'p', input: '', output: 'r' })
  t.alike(shaped(asked, 'chat'), {
    messages: [
      { role: 'system', content: 's' },
      { role: 'user', content: 'p' },
      { role: 'assistant', content: 'r' }
    ]
  })
  t.alike(shaped(asked, 'text'), { text: 's\n\np\n\nr' })
  t.is(shaped(asked, 'preference'), 'a record of kind instruction is not a preference pair')
  const dialogue = imported(toShape(asked, 'chat').value)
  t.alike(shaped(dialogue, 'alpaca'), shaped(asked, 'alpaca'))
  t.is(
    shaped({ kind: 'chat', messages: [{ role: 'user', content: 'u' }] }, 'alpaca'),
    'the dialogue is more than a question and its answer'
  )
  t.is(shaped({ kind: 'text', text: 'a' }, 'chat'), 'a record of kind text is not a dialogue')
})
