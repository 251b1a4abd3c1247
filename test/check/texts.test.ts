import { readFile } from 'node:fs/promises'
import { test } from 'brittle'
import ldnoobw from 'naughty-words'
import type { CheckReport } from '../../lib/check/report.js'
import { satisfies } from '../../lib/check/spdx.js'
import type { TrainingRecord } from '../../lib/record/types.js'
import { needsShared, sharedPath } from '../helpers/shared.js'
import { checked, found, textRecord } from './helpers/findings.js'

const LIST = 'data/bias/dolma/ldnoobw_en.txt'

test('every word of LDNOOBW is found', needsShared(LIST), async (t) => {
  const terms = (await readFile(sharedPath(LIST), 'utf8')).trim().split('\n')
  t.alike([...ldnoobw.en].sort(), [...terms].sort(), 'the package has the list that Dolma has')
  const missed: string[] = []
  for (const term of terms) {
    // Emoji are no words: vdata leaves the one that the list has to others.
    if (!/\p{L}/u.test(term)) continue
    const codes = await found(`They said ${term}, and left.`)
    if (!codes.some((code) => /^(?:slur|profanity|sensitive_words) /.test(code))) missed.push(term)
  }
  t.alike(missed, [])
})

test('slurs weigh more than profanity, and that more than words that are obscene in some contexts', async (t) => {
  t.alike(await found('He called him a wetback.'), ['slur refuse'])
  t.alike(await found('What the fuck is this?'), ['profanity warn'])
  t.alike(await found('A talk about sexual health.'), ['sensitive_words note'])
  t.alike(await found('You sh1t, f**k and a$$hole!'), ['profanity warn'])
  t.alike(await found('A mother-fucker.'), ['profanity warn'])
  t.alike(
    await found(textRecord('El gato negro duerme con el fucking perro.', { language: 'es' })),
    ['profanity warn'],
    'negro is a colour'
  )
  t.alike(
    await found(textRecord('Das Buch ist dick, und der Tit-for-Tat-Zug', { language: 'sw' })),
    [],
    'a language without a list'
  )
  t.alike(await found('Was für ein Arschloch.'), [], 'German only where the record says that it is')
  t.alike(await found(textRecord('Was für ein Arschloch.', { language: 'de-AT' })), ['profanity warn'])
  t.alike(await found(textRecord('他妈的，我忘了', { language: 'zh' })), ['profanity warn'], 'a script without spaces')
})

test('words that only look so are not', async (t) => {
  const texts = [
    'Scunthorpe, Penistone and Essex',
    'assess the class, pass the grass',
    'Dr. Hancock shot a cockpit video',
    '5 * 3 = 15',
    'C# and F#'
  ]
  for (const text of [...texts, 'a 4x4 car, h2o and mp3', 'I paid $50', 'cum laude?'.slice(4)])
    t.alike(await found(text), [], text)
})

test('rules can allow words, and name others', async (t) => {
  const rules = { checks: { toxic: { allow: ['fuck'], profane: ['fiddlesticks'], slurs: ['wizard of oz'] } } }
  t.alike(await found('fuck', rules), [])
  t.alike(await found('Oh, fiddlesticks!', rules), ['profanity warn'])
  t.alike(await found('the Wizard of Oz', rules), ['slur refuse'])
})

test('characters that act on terminals, hide or were lost', async (t) => {
  t.alike(await found('red \u001b[31mtext'), ['terminal_escape refuse'])
  t.alike(await found('title \u009d0;x\u0007'), ['terminal_escape refuse'])
  t.alike(await found('a bell \u0007'), ['control_characters refuse'])
  t.alike(await found('a\u0000b'), ['control_characters refuse'])
  t.alike(await found('right to left \u202egnirts'), ['hidden_text warn'])
  t.alike(await found('zero\u200bwidth'), ['hidden_text warn'])
  t.alike(await found('tags \u{e0041}\u{e0042}'), ['hidden_text warn'])
  t.alike(await found('caf\ufffd'), ['broken_text note'])
  t.alike(await found('cafÃ© and donâ€™t'), ['broken_text note'])
  t.alike(
    await found(textRecord('fine', { extra: { note: 'a\u001b]0;b' } })),
    ['terminal_escape refuse'],
    'in extra, too'
  )
  const fine = [
    'tab\tline\r\n',
    'emoji 👩‍👩‍👧 ❤️',
    'flag 🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}',
    '\ufeffbyte order mark',
    'می\u200cخواهم',
    'São Paulo, Ângela'
  ]
  for (const text of fine) t.alike(await found(text), [], JSON.stringify(text))
})

test('a language that a record names, and has not', async (t) => {
  const english = 'The committee will meet on Thursday morning to discuss the budget for the coming year.'
  const french = 'Le comité se réunira jeudi matin pour discuter du budget de l’année prochaine.'
  const german = 'Der Ausschuss trifft sich am Donnerstagmorgen, um den Haushalt für das kommende Jahr zu besprechen.'
  const chinese = '委员会将于星期四上午开会讨论明年的预算。'
  for (const [text, language] of [
    [english, 'en'],
    [english, 'eng-Latn-GB'],
    [french, 'fr-CA'],
    [german, 'de'],
    [chinese, 'zh-Hans']
  ] as const) {
    t.alike(await found(textRecord(text, { language })), [], `${language} is ${language}`)
  }
  for (const [text, language] of [
    [english, 'fr'],
    [french, 'en'],
    [german, 'en-US'],
    [chinese, 'en'],
    [german, 'ja']
  ] as const) {
    t.alike(await found(textRecord(text, { language })), ['language warn'], `${text.slice(0, 12)} is not ${language}`)
  }
  t.alike(await found(textRecord('Bonjour!', { language: 'en' })), [], 'too short to tell')
  t.alike(await found(textRecord(french, { language: 'tlh' })), [], 'a language that the detector does not know')
  const translation = {
    kind: 'instruction',
    prompt: `Translate into French: ${english}`,
    response: french,
    language: 'en',
    license: 'MIT'
  } as const
  t.alike(await found(translation), [], 'translations have two languages')
  const rules = { checks: { language: { accept: ['en', 'de-DE'] } } }
  t.alike(await found(textRecord(german, { language: 'de-CH' }), rules), [])
  t.alike(await found(textRecord(french, { language: 'fr' }), rules), ['language_not_taken refuse'])
})

test('refusals and boilerplate count in answers only', async (t) => {
  t.alike(await found(answer('Hi', "I'm sorry, but I can't help with that.")), ['refusal warn'])
  t.alike(await found(answer('Hi', 'I cannot assist with this request.')), ['refusal warn'])
  t.alike(await found(answer('Hi', 'As an AI language model, I do not have opinions.')), [
    'refusal warn',
    'boilerplate warn'
  ])
  t.alike(await found(answer('Hi', 'Dear [Your Name], hello.')), ['boilerplate warn'])
  t.alike(await found(answer('Hi', 'Dear {{ name }}, hello.')), ['boilerplate warn'])
  t.alike(await found(answer('Hi', 'done <|im_end|>')), ['boilerplate warn'])
  t.alike(await found(answer("Say: I'm sorry, but I can't help with that, as an AI language model.", 'No.')), [])
  t.alike(await found(answer('Hi', 'She said sorry, but I can wait. I won the race.')), [])
  const preference = {
    kind: 'preference',
    prompt: 'Hi',
    chosen: 'Hello!',
    rejected: "I'm sorry, but I can't help.",
    license: 'MIT'
  } as const
  t.alike(await found(preference), [], 'a rejected answer is there to be bad')
})

test('licences and terms', async (t) => {
  const rules = {
    checks: {
      licence: {
        accept: ['CC0-1.0', 'MIT'],
        refuse_terms: ['https://openai.com/policies'],
        refuse_providers: ['gemini']
      }
    }
  }
  t.alike(await found(made({ license: 'mit' }), rules), [])
  t.alike(await found(made({ license: 'GPL-3.0-only OR MIT' }), rules), [])
  t.alike(await found(made({ license: 'GPL-3.0-only' }), rules), ['license refuse'])
  t.alike(await found(made({ license: 'MIT AND GPL-3.0-only' }), rules), ['license refuse'])
  t.alike(await found(made({ license: undefined }), rules), ['license_missing warn'])
  t.alike(await found(made({ provider: 'openai', terms: 'http://www.OpenAI.com/policies/terms' }), rules), [
    'terms refuse'
  ])
  t.alike(await found(made({ provider: 'Gemini', terms: 'https://ai.google.dev/terms' }), rules), ['terms refuse'])
  t.alike(await found(made({ provider: 'openai' }), rules), ['terms_missing note'])
  t.alike(await found(made({ provider: 'template' }), rules), [])
})

test('SPDX expressions', (t) => {
  const accepted = new Set(['MIT', 'Apache-2.0'])
  for (const yes of [
    'MIT',
    '(MIT)',
    'MIT OR GPL-2.0-only',
    '(GPL-2.0-only OR MIT) AND Apache-2.0',
    'Apache-2.0 WITH LLVM-exception'
  ]) {
    t.ok(satisfies(yes, accepted), yes)
  }
  for (const no of [
    '',
    'GPL-2.0-only',
    'MIT AND GPL-2.0-only',
    '(MIT',
    'MIT)',
    'MIT MIT',
    'OR',
    'MIT OR',
    'MIT AND (GPL-2.0-only OR BSD-3-Clause)'
  ]) {
    t.absent(satisfies(no, accepted), no)
  }
})

test('kinds and lengths that the dataset does not take, and records that are none', async (t) => {
  const rules = { checks: { format: { kinds: ['text' as const], min_chars: 5, max_chars: 20 } } }
  t.alike(await found(textRecord('long enough'), rules), [])
  t.alike(await found(textRecord('tiny'), rules), ['too_short refuse'])
  t.alike(await found(textRecord('much longer than allowed'), rules), ['too_long refuse'])
  t.alike(await found({ kind: 'instruction', prompt: 'abc', response: 'defg', license: 'MIT' }, rules), ['kind refuse'])
  t.alike(await found(textRecord(' \n ')), ['empty refuse'])
  t.alike(await found({ kind: 'chat', messages: [{ role: 'user', content: 'Hi' }], license: 'MIT' }), ['empty refuse'])
  for (const hostile of [
    null,
    7,
    'x',
    [],
    {},
    { kind: 'text' },
    { kind: 'text', text: 7 },
    { kind: 'chat', messages: [null] }
  ]) {
    const { findings, refused } = await checked([hostile])
    t.alike([findings.map(({ code }) => code), refused], [['format'], [[0, 0]]], JSON.stringify(hostile))
  }
})

test('insensitive wording is a warning, on a sample or on every record', async (t) => {
  const record = textRecord('The chairman asked the fireman and the mankind of policemen.')
  t.alike(await found(record), ['insensitive warn'])
  t.alike(await found(textRecord('She said that he is just her brother.')), [], 'he and she are no insult')
  const many = Array.from({ length: 30 }, (_, i) => ({
    ...record,
    text: `${record.kind === 'text' ? record.text : ''} And number ${'x'.repeat(i)}.`
  }))
  const sampled = await checked(many, { slow_sample: 10, checks: { duplicates: { off: true } } })
  t.is(insensitive(sampled), 10)
  t.is(sampled.slow, 10)
  const all = await checked(many, { checks: { duplicates: { off: true } } }, { thorough: true })
  t.is(insensitive(all), 30)
  t.is(all.slow, 'all')
})

function insensitive(report: CheckReport): number | undefined {
  return report.findings.find(({ code }) => code === 'insensitive')?.records.warn
}

function answer(prompt: string, response: string): TrainingRecord {
  return { kind: 'instruction', prompt, response, license: 'MIT' }
}

function made(more: Partial<TrainingRecord>): TrainingRecord {
  return textRecord('A text.', more)
}
