import { join } from 'node:path'
import test from 'brittle'
import { openOnnx } from '../../../lib/bias/bench/onnx.js'
import { probe } from '../../../lib/bias/bench/scorer.js'
import { logit, WORDS, writeTinyModel } from './tiny-onnx.js'

const PACKAGE = '@huggingface/transformers'
const installed = await import(PACKAGE).then(
  () => true,
  () => false
)
const MISSING = `the package ${PACKAGE} is optional and not installed: npm i --no-save ${PACKAGE} tries it`
if (!installed) test(MISSING, { skip: true }, () => {})

/** The log-probability of a word after another, as the definition reads. */
function expected(before: string, word: string): number {
  const [a, b] = [WORDS.indexOf(before), WORDS.indexOf(word)]
  const sum = WORDS.reduce((total, _, n) => total + Math.exp(logit(a, n)), 0)
  return logit(a, b) - Math.log(sum)
}

test('a model in this process: its log-probabilities are those of its table', { skip: !installed }, async (t) => {
  const folder = await t.tmp()
  await writeTinyModel(join(folder, 'tiny'))
  const scorer = await openOnnx({ folder, model: 'tiny' })
  try {
    const close = (found: number[], pairs: [string, string][]): void => {
      t.is(found.length, pairs.length)
      pairs.forEach(([before, word], n) =>
        t.ok(Math.abs(found[n]! - expected(before, word)) < 1e-5, `${before} ${word}`)
      )
    }
    close(await scorer.score({ context: '', text: 'She is kind.' }), [
      ['<s>', 'she'],
      ['she', 'is'],
      ['is', 'kind'],
      ['kind', '.']
    ])
    close(await scorer.score({ context: 'The children went. ', text: 'He is kind' }), [
      ['.', 'he'],
      ['he', 'is'],
      ['is', 'kind']
    ])
    await probe(scorer)
  } finally {
    await scorer.close?.()
  }
})

test('what is missing is told in a sentence, and nothing is fetched', { timeout: 600_000 }, async (t) => {
  const folder = await t.tmp()
  const error = await openOnnx({ folder, model: 'openai-community/gpt2' }).then(
    () => undefined,
    (reason: unknown) => reason as { code?: string; message: string; advice: string }
  )
  t.is(error?.code, installed ? 'ONNX_UNREADABLE' : 'ONNX_MISSING')
  t.ok(error?.advice.includes(installed ? 'config.json' : PACKAGE), error?.advice)
})
