import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'brittle'
import { EchoScorer } from '../../../lib/bias/bench/echo.js'
import { connect } from '../../../lib/bias/bench/endpoint.js'
import { runBench, type BenchEvent } from '../../../lib/bias/bench/run.js'
import { parseStereoSet } from '../../../lib/bias/bench/stereoset.js'
import { TokenScorer } from '../../../lib/bias/bench/tokens.js'
import { VdataError } from '../../../lib/errors.js'
import { needsShared, sharedPath } from '../../helpers/shared.js'
import { HAS_SPHINX, serveSphinx } from './sphinx.js'
import { constant, deaf, llama, MODEL, serve, vllm } from './toy-server.js'

const DEV = 'data/bias/stereoset/dev.json'

const sphinx = { timeout: 600_000, skip: !HAS_SPHINX || needsShared(DEV).skip === true }
if (!HAS_SPHINX)
  process.stdout.write(
    '# apt-get install pocketsphinx-en-us sphinxbase-utils for the test of bench with a real model\n'
  )

test('StereoSet over HTTP with a real trigram model: LMS 70.2, SS 53.0, ICAT 66.0', sphinx, async (t) => {
  const { url } = await serveSphinx(t)
  const scorer = await connect({ baseUrl: url, model: 'en-us' })
  t.is(scorer.method, 'echo')
  const stereoset = parseStereoSet(readFileSync(sharedPath(DEV)))
  const { stereoset: bench } = await runBench(scorer, { model: 'en-us', stereoset, concurrency: 128 })
  const { lms, ss, icat } = bench!.scores.intrasentence!.overall
  for (const [value, wanted] of [
    [lms.value, 70.2],
    [ss.value, 53],
    [icat.value, 66]
  ] as const) {
    t.ok(Math.abs(value - wanted) <= 0.3, `${value.toFixed(2)}: ${wanted}`)
  }
  t.is(bench!.scores.intersentence, undefined)
})

const PROMPTS = [
  { context: '', text: 'The doctor was late.' },
  { context: '', text: 'She was a kind nurse.' },
  { context: 'The children went to school. ', text: 'The school was open.' }
]

test('echo and the token-by-token way give the same log-probabilities', { timeout: 600_000 }, async (t) => {
  const [one, two] = [await serve(t, vllm), await serve(t, llama())]
  const [echo, tokens] = [
    await connect({ baseUrl: one.url, model: 'toy' }),
    await connect({ baseUrl: two.url + '/', model: 'toy' })
  ]
  t.ok(echo instanceof EchoScorer)
  t.ok(tokens instanceof TokenScorer)
  for (const prompt of PROMPTS) t.alike(await tokens.score(prompt), await echo.score(prompt), prompt.text)
  t.alike(await echo.score(PROMPTS[0]!), [
    MODEL.log('<s>', 'the'),
    MODEL.log('the', 'doctor'),
    MODEL.log('doctor', 'was'),
    MODEL.log('was', 'late')
  ])
  // Given a context, only the sentence's own words are scored.
  t.is((await echo.score(PROMPTS[2]!)).length, 4)
})

test('a start token is read and not scored', { timeout: 600_000 }, async (t) => {
  const { url } = await serve(t, vllm)
  const scorer = new EchoScorer({ baseUrl: url, model: 'toy', startToken: 'In the morning ' })
  t.alike(await scorer.score({ context: '', text: 'she was late' }), [
    MODEL.log('morning', 'she'),
    MODEL.log('she', 'was'),
    MODEL.log('was', 'late')
  ])
})

for (const [name, handler] of Object.entries({ 'ignores echo': deaf, 'says the same whatever it is sent': constant })) {
  test(`a server that ${name} is refused, and nothing is reported`, async (t) => {
    const { url } = await serve(t, handler)
    for (const method of ['auto', 'echo'] as const) {
      const error: unknown = await connect({ baseUrl: url, model: 'toy' }, method).then(
        () => undefined,
        (reason: unknown) => reason
      )
      t.ok(error instanceof VdataError)
      if (!(error instanceof VdataError)) continue
      t.is(error.failure, 'refused')
      t.is(error.code, 'NO_PROMPT_LOGPROBS')
      t.ok(/pure chance/.test(error.message))
      t.ok(/vLLM/.test(error.advice))
    }
  })
}

test('a model at chance is refused even where the probe was passed', { timeout: 600_000 }, async (t) => {
  // Scores that have nothing to do with the text but differ with it.
  const { url } = await serve(t, ({ prompt }) => {
    const text = String(prompt)
    let hash = 7
    for (const char of text) hash = (Math.imul(hash, 31) + char.charCodeAt(0)) >>> 0
    return { choices: [{ text, logprobs: { token_logprobs: [null, -1, -1 - (hash % 9973) / 1000, -1] } }] }
  })
  const scorer = await connect({ baseUrl: url, model: 'toy' }, 'echo')
  const stereoset = benchmark(60)
  await t.exception(runBench(scorer, { model: 'toy', stereoset }), /no better than chance/)
})

test('a run that was stopped goes on where it was', { timeout: 600_000 }, async (t) => {
  const folder = await t.tmp()
  const cache = join(folder, 'cache.jsonl')
  const stereoset = benchmark(12)
  const { url, requests } = await serve(t, vllm)
  const asked = (): number => requests.get('/v1/completions') ?? 0
  const scorer = await connect({ baseUrl: url, model: 'toy' })
  const probes = asked()
  const stop = new AbortController()
  const onEvent = ({ done }: BenchEvent): void => {
    if (done === 10) stop.abort(new Error('stopped'))
  }
  const options = { model: 'toy', stereoset, cache, concurrency: 1 }
  await t.exception(runBench(scorer, { ...options, signal: stop.signal, onEvent }), /stopped/)
  t.is(asked() - probes, 10)
  // The process may have died within a line.
  writeFileSync(cache, readFileSync(cache, 'utf8') + '{"key":"abc')
  const result = await runBench(scorer, options)
  t.is(asked() - probes, 36)
  const again = await runBench(scorer, options)
  t.is(asked() - probes, 36, 'nothing is asked twice')
  t.alike(again.stereoset, result.stereoset)
  t.ok(existsSync(cache))
  await runBench(await connect({ baseUrl: url, model: 'other' }), options)
  t.is(asked() - 2 * probes, 72, 'another model is asked anew')
})

test('a busy server is asked again, one that refuses is not', { timeout: 600_000 }, async (t) => {
  let calls = 0
  const busy = await serve(t, (body, path) => (calls++ % 2 === 0 ? 503 : vllm(body, path)))
  t.is((await new EchoScorer({ baseUrl: busy.url, model: 'toy' }).score(PROMPTS[0]!)).length, 4)
  const refusing = await serve(t, () => 401)
  await t.exception(connect({ baseUrl: refusing.url, model: 'toy' }), /status 401/)
  t.ok(refusing.requests.get('/v1/completions')! <= 2, 'not more than once for each probe')
  const html = await serve(t, () => 'not what was asked for')
  await t.exception(connect({ baseUrl: html.url, model: 'toy' }), /completions protocol/)
})

test('intersentence figures are ours and say so', { timeout: 600_000 }, async (t) => {
  const { url } = await serve(t, vllm)
  const scorer = await connect({ baseUrl: url, model: 'toy' })
  const set = benchmark(12)
  const both = {
    ...set,
    triples: [...set.triples, ...set.triples.map((triple) => ({ ...triple, task: 'intersentence' as const }))]
  }
  const { stereoset } = await runBench(scorer, { model: 'toy', stereoset: both, intersentence: true })
  t.is(stereoset!.scores.intersentence!.overall.count, 12)
  t.ok(/next-sentence head/.test(stereoset!.not_comparable['intersentence']!))
})

/** A benchmark whose meaningful sentences are those that the toy model has read. */
function benchmark(count: number): ReturnType<typeof parseStereoSet> {
  const labels = ['stereotype', 'anti-stereotype', 'unrelated']
  const texts = ['The doctor was a clever man', 'The nurse was a kind woman', 'Quickly banana the of']
  const intrasentence = Array.from({ length: count }, (_, n) => ({
    id: String(n),
    target: `term ${n % 3}`,
    bias_type: 'gender',
    context: 'BLANK',
    sentences: labels.map((label, k) => ({
      id: `${n}${label}`,
      sentence: `${texts[k]} ${'in '.repeat(n)}`,
      gold_label: label
    }))
  }))
  return parseStereoSet(Buffer.from(JSON.stringify({ data: { intrasentence } })))
}
