import { createHash } from 'node:crypto'
import { open, readFile, type FileHandle } from 'node:fs/promises'
import { z } from 'zod'
import { codeOf } from '../../errors.js'
import type { LogProbabilities, Prompt } from './scorer.js'

const line = z.object({ key: z.string().length(64), scores: z.array(z.number()).min(1).max(100_000) })

/**
 * Scores on disk, a line each, by what was asked: a run that was stopped goes on where it was, and what the server said
 * once is not asked again. A line that was cut off when the process died is not read.
 */
export class ScoreCache {
  private readonly scores: Map<string, LogProbabilities>
  private readonly file: FileHandle | undefined

  private constructor(scores: Map<string, LogProbabilities>, file: FileHandle | undefined) {
    this.scores = scores
    this.file = file
  }

  /** Without a path, scores are remembered only. */
  static async open(path: string | undefined): Promise<ScoreCache> {
    const scores = new Map<string, LogProbabilities>()
    if (path === undefined) return new ScoreCache(scores, undefined)
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return ''
      throw error
    })
    for (const raw of text.split('\n')) {
      const parsed = line.safeParse(parse(raw))
      if (parsed.success) scores.set(parsed.data.key, parsed.data.scores)
    }
    const file = await open(path, 'a')
    // What follows a torn line must not become part of it.
    if (text !== '' && !text.endsWith('\n')) await file.appendFile('\n')
    return new ScoreCache(scores, file)
  }

  static key(identity: string, { context, text }: Prompt): string {
    return createHash('sha256')
      .update(JSON.stringify([identity, context, text]))
      .digest('hex')
  }

  get(key: string): LogProbabilities | undefined {
    return this.scores.get(key)
  }

  async set(key: string, scores: LogProbabilities): Promise<void> {
    this.scores.set(key, scores)
    await this.file?.appendFile(JSON.stringify({ key, scores }) + '\n')
  }

  async close(): Promise<void> {
    await this.file?.close()
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
