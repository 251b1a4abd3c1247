import { mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type Corestore from 'corestore'
import { z } from 'zod'
import { VdataError } from '../errors.js'
import { readJson, writeJson } from '../files.js'
import type { ReadOptions, Refusal } from '../record/read.js'
import { KINDS } from '../record/types.js'
import { importFiles, type ImportEvent } from '../volume/import.js'
import type { Draft } from '../volume/seal.js'
import { thinDraft } from '../volume/thin.js'
import { checkDraft, type CheckedDraft } from './draft-check.js'
import type { DatasetEntry } from './entries.js'
import type { Findings, OpenChecks } from './queue.js'

export type DraftEvent =
  | { event: 'reading'; bytes: number; total: number; records: number }
  | ({ event: 'refused' } & Refusal)
  | { event: 'looking'; link: string }
  | { event: 'checking'; records: number; total: number }

/** What the checks found in what is about to be shared. */
export interface Checked {
  /** Null where its index could not be had: then these are the findings by the defaults. */
  dataset: DatasetEntry | null
  license: string
  drafts: CheckedDraft[]
}

/** The checks before anything is sealed. */
export interface DraftChecks {
  open: OpenChecks
  /** The dataset's entry, in its store; null where it can't be had. */
  dataset(store: Corestore): Promise<DatasetEntry | null>
  /** Decides what is shared; throws where nothing is. */
  decide(checked: Checked): Promise<'all' | 'faultless'>
}

export interface DraftOptions {
  link: string
  /** Files, in order; all of them become one share. */
  files: string[]
  /** SPDX; without one, that of the records where they agree, else NOASSERTION: nobody said. */
  license?: string
  read: Pick<ReadOptions, 'format' | 'mapping' | 'textUnit'>
  keepOrder?: boolean
  volumeBlocks?: number
  checks?: DraftChecks
  signal?: AbortSignal
  onEvent?: (event: DraftEvent) => void
}

const count = z.number().int().nonnegative()
const drafted = z.object({
  drafts: z.array(
    z.object({
      id: z.string(),
      path: z.string(),
      batches: count,
      records: count,
      rawBytes: count,
      wireBytes: count,
      contentHash: z.string()
    })
  ),
  refused: count,
  left_out: count,
  license: z.string(),
  created_at: z.string()
})
type Drafted = z.infer<typeof drafted>

/** The drafts of a share, and what was found in them, where they are checked. Killed and called again, it goes on. */
export async function draftShare(
  options: DraftOptions,
  directory: string,
  store: Corestore
): Promise<{ draft: Drafted; findings: Findings[] }> {
  const { checks } = options
  let draft = (await readDraft(directory)) ?? (await importDraft(options, directory))
  if (!checks) return { draft, findings: [] }
  options.onEvent?.({ event: 'looking', link: options.link })
  const dataset = await checks.dataset(store)
  const look = async () => ({ dataset, license: draft.license, drafts: await checkDrafts(options, draft, dataset) })
  let checked = await look()
  const answer = await checks.decide(checked).catch(async (error: unknown) => {
    // Nothing is shared, and whoever asks again has mended the files.
    await rm(spoolFolder(directory), { recursive: true, force: true })
    throw error
  })
  if (answer === 'faultless' && checked.drafts.some(({ findings }) => findings.refused.length > 0)) {
    draft = await leaveOut(draft, checked, directory, options.signal)
    checked = await look()
  }
  return { draft, findings: checked.drafts.map(({ findings }) => findings) }
}

async function checkDrafts(
  { checks, signal, onEvent }: DraftOptions,
  { drafts }: Drafted,
  dataset: DatasetEntry | null
): Promise<CheckedDraft[]> {
  const total = drafts.reduce((sum, { records }) => sum + records, 0)
  const terms = dataset ?? { thresholds: {}, kinds: [...KINDS], licenses: [] }
  const checked: CheckedDraft[] = []
  let records = 0
  const onRecords = (more: number) => onEvent?.({ event: 'checking', records: (records += more), total })
  for (const draft of drafts) {
    const run = await checks!.open(terms, draft.id, draft.records)
    try {
      checked.push({ draft, findings: await checkDraft(draft, run, { signal, onRecords }) })
    } finally {
      await run.close()
    }
  }
  return checked
}

/** Makes the drafts without the records that have faults. */
async function leaveOut(draft: Drafted, checked: Checked, directory: string, signal?: AbortSignal): Promise<Drafted> {
  const drafts: Draft[] = []
  for (const { draft: each, findings } of checked.drafts) {
    const thin = await thinDraft(each, findings.refused, `${each.path}.thin`, signal)
    if (thin) drafts.push(thin)
  }
  if (drafts.length === 0) {
    throw new VdataError('refused', 'NONE_LEFT', 'Every record has a fault.', 'Mend them; `vdata check` lists them.')
  }
  const left = (some: readonly Draft[]) => some.reduce((sum, { records }) => sum + records, 0)
  const thin = { ...draft, drafts, left_out: left(draft.drafts) - left(drafts) }
  await writeJson(draftPath(directory), thin)
  return thin
}

/** Reads the files into spooled drafts; from the beginning where that was interrupted before. */
async function importDraft(options: DraftOptions, directory: string): Promise<Drafted> {
  const { files, read, keepOrder, volumeBlocks, signal, onEvent } = options
  await rm(spoolFolder(directory), { recursive: true, force: true })
  await mkdir(spoolFolder(directory), { recursive: true })
  const total = (await Promise.all(files.map((file) => stat(file)))).reduce((sum, { size }) => sum + size, 0)
  const imported = await importFiles({
    sources: files,
    spool: join(spoolFolder(directory), 'draft'),
    ...read,
    keepOrder,
    volumeBlocks,
    signal,
    onEvent: (event: ImportEvent) => {
      if (event.event === 'refused') onEvent?.(event)
      else onEvent?.({ event: 'reading', bytes: event.bytes, total, records: event.records })
    }
  })
  if (imported.records === 0) throw noRecords(imported.refused)
  const licenses = Object.keys(imported.facets.license.values)
  const agreed = licenses.length === 1 && imported.facets.license.missing === 0 ? licenses[0]! : 'NOASSERTION'
  const draft: Drafted = {
    drafts: imported.drafts,
    refused: imported.refused,
    left_out: 0,
    license: options.license ?? agreed,
    created_at: new Date().toISOString()
  }
  await writeJson(draftPath(directory), draft)
  return draft
}

async function readDraft(directory: string): Promise<Drafted | null> {
  const parsed = drafted.safeParse(await readJson(draftPath(directory)))
  return parsed.success ? parsed.data : null
}

function draftPath(directory: string): string {
  return join(spoolFolder(directory), 'drafts.json')
}

/** Where what was read lies until it is sealed. */
export function spoolFolder(directory: string): string {
  return join(directory, 'spool')
}

function noRecords(refused: number): VdataError {
  const what = refused === 0 ? 'The files are empty.' : 'Nothing in the files is a record.'
  return new VdataError(
    'error',
    'NO_RECORDS',
    what,
    'Name the columns with --map, such as --map prompt=question --map response=answer; see `vdata share --help`.'
  )
}
