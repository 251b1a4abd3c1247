import test from 'brittle'
import { VdataError } from '../../lib/errors.js'
import { parseMapping } from '../../lib/record/shapes.js'
import { imported, refused } from './shaping.js'

test('--map renames columns and sets constants', (t) => {
  const row = { q: 'Why?', a: 'So.', category: 3, url: 'u' }
  t.alike(imported(row, 'prompt=q', 'response=a', 'topic=category', 'license:=CC0-1.0', 'tags:=x'), {
    kind: 'instruction',
    prompt: 'Why?',
    response: 'So.',
    topic: '3',
    tags: ['x'],
    license: 'CC0-1.0',
    extra: { url: 'u' }
  })
  t.alike(imported({ prompt: 'old', q: 'new', response: 'r' }, 'prompt=q'), {
    kind: 'instruction',
    prompt: 'new',
    response: 'r',
    extra: { prompt: 'old' }
  })
  t.alike(imported({ a: 'x', b: 'y' }, 'prompt=b', 'response=a'), { kind: 'instruction', prompt: 'y', response: 'x' })
  t.alike(
    imported({ prompt: 'x', response: 'y' }, 'prompt=response', 'response=prompt'),
    { kind: 'instruction', prompt: 'y', response: 'x' },
    'swapped'
  )
  t.alike(
    imported({ body: 'x' }, 'text=body', 'system=body'),
    { kind: 'text', text: 'x', extra: { system: 'x' } },
    'a column may be used twice'
  )
  t.alike(imported({ text: 'x', license: 'MIT', topic: 'b' }, 'license:=MIT', 'topic:=a'), {
    kind: 'text',
    text: 'x',
    topic: 'a',
    license: 'MIT',
    extra: { topic: 'b' }
  })
  t.alike(imported('x', 'topic:=law'), { kind: 'text', text: 'x', topic: 'law' })
  t.alike(imported({ body: 'x', n: '7', t: '0.5', l: '["a","b"]' }, 'text=body', 'seed=n', 'temperature=t', 'tags=l'), {
    kind: 'text',
    text: 'x',
    tags: ['a', 'b'],
    temperature: 0.5,
    seed: 7
  })
  t.alike(imported({ type: 'text', text: 'x' }, 'kind=type'), { kind: 'text', text: 'x' })
  t.alike(imported({ text: 'x', seed: 'none', q: 'p', a: 'r' }, 'kind:=instruction', 'prompt=q', 'response=a'), {
    kind: 'instruction',
    prompt: 'p',
    response: 'r',
    extra: { text: 'x', seed: 'none' }
  })
  t.is(
    refused({ a: 'r', text: 'x' }, 'kind:=instruction', 'prompt=q', 'response=a'),
    'prompt is missing, which a record of kind instruction has'
  )
  t.is(
    refused({ text: 'x', l: 'en_US' }, 'language=l'),
    'language must be a BCP 47 language tag such as en or pt-BR (column "l")'
  )
  t.is(
    refused({ text: 'x', type: 'poem' }, 'kind=type'),
    'kind must be one of instruction, chat, preference, text (column "type")'
  )
  t.is(refused({ q: 5, a: 'x' }, 'prompt=q', 'response=a'), undefined, 'a number can be a prompt')
  t.is(refused({ q: [5], a: 'x' }, 'prompt=q', 'response=a'), 'prompt must be a string')
})

test('a mapping that says nothing is wrong usage', (t) => {
  const wrong = [
    '',
    '=',
    'prompt',
    'prompt=',
    '=a',
    'colour=a',
    'seed:=x',
    'language:=en_US',
    'kind:=poem',
    ':=a',
    'toString=a'
  ]
  for (const entry of wrong) t.is(usage([entry]), 'BAD_MAPPING', entry)
  t.is(usage(['prompt=a', 'prompt=b']), 'BAD_MAPPING')
  t.alike([...parseMapping(['prompt=a=b', 'text:=x:=y']).columns], [['prompt', 'a=b']])
})

function usage(entries: string[]): string | undefined {
  try {
    parseMapping(entries)
    return undefined
  } catch (error) {
    return error instanceof VdataError && error.failure === 'usage' ? error.code : String(error)
  }
}
