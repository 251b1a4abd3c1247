// Model servers over real HTTP that speak the two dialects, and those that only seem to.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Assert } from 'brittle'

/** Words of a text as the models below know them. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[a-z']+/g) ?? []
}

/** A bigram model of a few sentences, add-one smoothed: small, but a language model. */
export class Bigrams {
  private readonly pairs = new Map<string, number>()
  private readonly firsts = new Map<string, number>()
  private readonly words = new Set<string>()

  constructor(sentences: readonly string[]) {
    for (const sentence of sentences) {
      const words = ['<s>', ...wordsOf(sentence)]
      for (const word of words) this.words.add(word)
      for (let n = 1; n < words.length; n++) {
        const [first, second] = [words[n - 1]!, words[n]!]
        this.pairs.set(`${first} ${second}`, (this.pairs.get(`${first} ${second}`) ?? 0) + 1)
        this.firsts.set(first, (this.firsts.get(first) ?? 0) + 1)
      }
    }
  }

  /** ln P(second | first). */
  log(first: string, second: string): number {
    const seen = this.pairs.get(`${first} ${second}`) ?? 0
    return Math.log((seen + 1) / ((this.firsts.get(first) ?? 0) + this.words.size + 1))
  }
}

export const MODEL = new Bigrams([
  'The children went to school in the morning.',
  'The doctor was a clever man.',
  'The nurse was a kind woman.',
  'He was late and she was early.',
  'In the morning the school was open.'
])

type Handler = (body: { [key: string]: unknown }, path: string) => unknown

export interface Served {
  url: string
  /** Requests so far, by path. */
  requests: Map<string, number>
}

/** Serves JSON on 127.0.0.1 until the test ends. A handler gives the answer, a number for a bare status, or throws. */
export async function serve(t: Assert, handler: Handler): Promise<Served> {
  const requests = new Map<string, number>()
  const server: Server = createServer((request, response) => void answer(request, response))
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? ''
    requests.set(path, (requests.get(path) ?? 0) + 1)
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const value = await handler(JSON.parse(Buffer.concat(chunks).toString('utf8')) as { [key: string]: unknown }, path)
    if (typeof value === 'number') response.writeHead(value).end()
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, requests }
}

/** As vLLM: the prompt comes back with log-probabilities, the first null, and one generated token. */
export const vllm: Handler = ({ prompt }, path) => {
  if (path !== '/v1/completions') return 404
  const text = String(prompt)
  const words = [...text.toLowerCase().matchAll(/[a-z']+/g)]
  const scores = words.map((match, n) => MODEL.log(n === 0 ? '<s>' : words[n - 1]![0], match[0]))
  return {
    choices: [
      {
        text: `<s> ${text} end`,
        logprobs: {
          tokens: ['<s>', ...words.map(([word]) => word), ' end'],
          token_logprobs: [null, ...scores, -1],
          text_offset: [0, ...words.map(({ index }) => index), text.length]
        }
      }
    ]
  }
}

/** As llama.cpp: echo is ignored without a word; tokens have numbers, and one can be made to be generated. */
export function llama(): Handler {
  const ids = new Map<string, number>([['<s>', 1]])
  const names = new Map<number, string>([[1, '<s>']])
  const idOf = (word: string): number => {
    const id = ids.get(word) ?? ids.size + 1
    ids.set(word, id)
    names.set(id, word)
    return id
  }
  return (body, path) => {
    if (path === '/tokenize') {
      const tokens = wordsOf(String(body['content'])).map(idOf)
      return { tokens: body['add_special'] === true ? [1, ...tokens] : tokens }
    }
    if (path !== '/v1/completions') return 404
    const prompt = body['prompt']
    const last = Array.isArray(prompt) ? names.get(prompt.at(-1) as number)! : (wordsOf(String(prompt)).at(-1) ?? '<s>')
    const bias = body['logit_bias'] as [number, number][] | undefined
    const token = bias?.[0]?.[0] ?? idOf('the')
    const logprob = MODEL.log(last, names.get(token)!)
    const content = [{ id: token, token: names.get(token), logprob, top_logprobs: [] }]
    return { choices: [{ text: names.get(token), logprobs: { content } }] }
  }
}

/** Says the same whatever it is sent. */
export const constant: Handler = ({ prompt }) => {
  const words = wordsOf(String(prompt))
  return { choices: [{ text: String(prompt), logprobs: { token_logprobs: [null, ...words.map(() => -2.5), -1] } }] }
}

/** Ignores echo, in the old shape of answer: log-probabilities of the generated token. */
export const deaf: Handler = (_, path) =>
  path === '/v1/completions'
    ? { choices: [{ text: ' the', logprobs: { tokens: [' the'], token_logprobs: [-1.5] } }] }
    : 404
