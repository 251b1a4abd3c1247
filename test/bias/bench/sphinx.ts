// Debian's trigram model of US English behind the completions protocol: a real language model that a test can have.
// Packages pocketsphinx-en-us and sphinxbase-utils.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Assert } from 'brittle'
import { serve, wordsOf, type Served } from './toy-server.js'

const MODEL = '/usr/share/pocketsphinx/model/en-us/en-us.lm.bin'
const EVAL = '/usr/bin/sphinx_lm_eval'
/** The logarithms that it prints have this base. */
const BASE = Math.log(1.0001)
/** What a word that it does not know is worth: 10^-6.5. */
const UNKNOWN = -6.5 * Math.LN10

export const HAS_SPHINX = existsSync(MODEL) && existsSync(EVAL)

const run = promisify(execFile)

interface Asked {
  words: string[]
  resolve: (scores: number[]) => void
  reject: (error: unknown) => void
}

/** A server that echoes prompts with the trigram model's log-probabilities. Prompts that come at once are scored at once. */
export async function serveSphinx(t: Assert): Promise<Served> {
  const folder = await t.tmp()
  const waiting: Asked[] = []
  let running = false
  let files = 0
  // One process at a time: what comes while it runs is scored by the next.
  const work = async (): Promise<void> => {
    running = true
    while (waiting.length > 0) await flush(waiting.splice(0))
    running = false
  }
  const flush = async (asked: Asked[]): Promise<void> => {
    const file = join(folder, `${files++}.lsn`)
    try {
      await writeFile(file, asked.map(({ words }) => words.join(' ') + '\n').join(''))
      const call = ['-lm', MODEL, '-lsn', file, '-verbose', 'yes', '-mmap', 'yes']
      const { stdout } = await run(EVAL, call, { maxBuffer: 64 * 1024 * 1024 })
      const lines = stdout.split('\n').filter((line) => line.startsWith('log P('))
      for (const { words, resolve } of asked) resolve(takeScores(words, lines))
    } catch (error) {
      for (const { reject } of asked) reject(error)
    } finally {
      await rm(file, { force: true })
    }
  }
  const score = (words: string[]): Promise<number[]> =>
    new Promise((resolve, reject) => {
      waiting.push({ words, resolve, reject })
      if (!running) void work()
    })
  return serve(t, async ({ prompt }) => {
    const words = ['<s>', ...wordsOf(String(prompt)), '</s>']
    const [, ...scores] = await score(words)
    return {
      choices: [
        {
          text: `${String(prompt)} the`,
          logprobs: { tokens: [...words, ' the'], token_logprobs: [null, ...scores, -3] }
        }
      ]
    }
  })
}

/** Takes one sentence's lines, which come last word first and leave out words that are not known. */
function takeScores(words: string[], lines: string[]): number[] {
  const scores = words.map(() => UNKNOWN)
  for (let n = words.length - 1; n >= 0; n--) {
    const match = /^log P\(([^|]*)\|.* = (-?\d+)$/.exec(lines[0] ?? '')
    if (match?.[1] !== words[n]) continue
    scores[n] = Number(match![2]) * BASE
    lines.shift()
  }
  return scores
}
