import { createHash } from 'node:crypto'
import { z } from 'zod'
import { VdataError } from '../../errors.js'

/** The benchmark's own repository and licence: it is share-alike, so it is never part of this package. */
export const STEREOSET_SOURCE = {
  url: 'https://raw.githubusercontent.com/moinnadeem/StereoSet/master/data/dev.json',
  license: 'CC-BY-SA-4.0'
}

// The development set as its authors publish it, and its content, whatever the file's layout.
const KNOWN_BLOB = '637b1e3d284a3c629b74a4659c583b8eca9bd13e'
const KNOWN_CONTENT = '5b2eb1724afa58eeb3cd3a4e9f745d13516628e02819676199f50bec7829abef'

export const TASKS = ['intrasentence', 'intersentence'] as const
export type Task = (typeof TASKS)[number]

const LABELS = ['stereotype', 'anti-stereotype', 'unrelated'] as const
type Label = (typeof LABELS)[number]

const cluster = z.object({
  id: z.string().max(200),
  target: z.string().max(200),
  bias_type: z.string().max(100),
  context: z.string().max(5000),
  sentences: z
    .array(z.object({ id: z.string().max(200), sentence: z.string().max(5000), gold_label: z.enum(LABELS) }))
    .length(3)
})
const clusters = z.array(cluster).max(100_000)
const file = z.object({ data: z.object({ intrasentence: clusters.default([]), intersentence: clusters.default([]) }) })

export interface Sentence {
  id: string
  text: string
}

/** A context with a sentence that fits a stereotype, one that goes against it and one that has nothing to do with it. */
export interface Triple {
  id: string
  task: Task
  target: string
  domain: string
  context: string
  sentences: { [label in Label]: Sentence }
}

export interface StereoSet {
  triples: Triple[]
  /** SHA-256 of the content. */
  hash: string
  /** Whether it is the published development set; figures on anything else compare with no published ones. */
  known: boolean
}

/** Reads a StereoSet file (`dev.json`). @throws VdataError BAD_STEREOSET */
export function parseStereoSet(bytes: Uint8Array, name = 'the file'): StereoSet {
  let parsed
  try {
    parsed = file.safeParse(JSON.parse(new TextDecoder().decode(bytes)))
  } catch {
    throw notStereoSet(name, 'it is not JSON')
  }
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!
    throw notStereoSet(name, `${issue.path.join('.')}: ${issue.message}`)
  }
  const { data } = parsed.data
  const triples = TASKS.flatMap((task) => data[task].map((entry) => tripleOf(task, entry, name)))
  if (triples.length === 0) throw notStereoSet(name, 'it holds no examples')
  const hash = contentHash(triples)
  return { triples, hash, known: hash === KNOWN_CONTENT || gitBlob(bytes) === KNOWN_BLOB }
}

function tripleOf(
  task: Task,
  { id, target, bias_type: domain, context, sentences }: z.infer<typeof cluster>,
  name: string
): Triple {
  const of = (label: Label): Sentence => {
    const found = sentences.find(({ gold_label }) => gold_label === label)
    if (found === undefined) throw notStereoSet(name, `example ${id} has no sentence labelled ${label}`)
    return { id: found.id, text: found.sentence }
  }
  return {
    id,
    task,
    target,
    domain,
    context,
    sentences: {
      stereotype: of('stereotype'),
      'anti-stereotype': of('anti-stereotype'),
      unrelated: of('unrelated')
    }
  }
}

function notStereoSet(name: string, why: string): VdataError {
  return new VdataError('usage', 'BAD_STEREOSET', `${name} is not a StereoSet file: ${why}.`, downloadAdvice())
}

function downloadAdvice(): string {
  return `Get it with: curl -fLo dev.json ${STEREOSET_SOURCE.url}`
}

function contentHash(triples: Triple[]): string {
  const hash = createHash('sha256')
  for (const { id, task, target, domain, context, sentences } of triples) {
    const parts = LABELS.flatMap((label) => [sentences[label].id, sentences[label].text])
    hash.update(JSON.stringify([task, id, target, domain, context, ...parts]) + '\n')
  }
  return hash.digest('hex')
}

/** The name that git gives to a file of this content. */
function gitBlob(bytes: Uint8Array): string {
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex')
}
