import { mkdir, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { codeOf, VdataError } from '../errors.js'
import { readJson, writeJson } from '../files.js'
import type { Identity } from '../network/identity.js'
import { closeStore, openStore, type Holder } from '../network/store.js'
import type { ReadOptions, Refusal } from '../record/read.js'
import { importFiles, type ImportEvent } from '../volume/import.js'
import { sealVolume, type SealInfo } from '../volume/seal.js'
import { formatKey, formatLink, parseLink } from './link.js'
import { ShareFiles, shareId, type Share } from './shares.js'

export type PrepareEvent =
  | { event: 'waiting'; holder: Holder | null }
  | { event: 'reading'; bytes: number; total: number; records: number }
  | ({ event: 'refused' } & Refusal)
  | { event: 'sealing'; blocks: number; length: number }

export interface PrepareOptions {
  home: string
  identity: Identity
  link: string
  /** Files, in order; all of them become one share. */
  files: string[]
  /** What the files are called in the share's list, where that is not their own name. */
  names?: string[]
  /** The contributor's public name; empty for none. */
  name: string
  /** SPDX; without one, that of the records where they agree, else NOASSERTION: nobody said. */
  license?: string
  read: Pick<ReadOptions, 'format' | 'mapping' | 'textUnit'>
  keepOrder?: boolean
  /** The program and its version, for the volume's header. */
  tool: string
  volumeBlocks?: number
  signal?: AbortSignal
  onEvent?: (event: PrepareEvent) => void
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
  license: z.string(),
  created_at: z.string()
})
type Drafted = z.infer<typeof drafted>

/**
 * Makes a share of files: maps and validates every record, packs them into batches, seals volumes. Killed at any moment and
 * called again with the same files, it goes on, and ends with the same share; called when it is done, it only says so.
 *
 * @returns the share, and whether it was there before.
 * @throws VdataError NO_RECORDS where nothing in the files is a record; FILE_NOT_FOUND.
 */
export async function prepareShare(options: PrepareOptions): Promise<{ share: Share; known: boolean }> {
  const { home, identity, files, link, signal, onEvent } = options
  const dataset = formatLink(parseLink(link).key)
  for (const file of files) await mustExist(file)
  const settings = [dataset, options.read, options.license ?? '', options.keepOrder ?? false]
  const id = await shareId(files, settings, signal)
  const shares = new ShareFiles(home)
  const directory = shares.directory(id)
  const before = await shares.read(id)
  if (before) {
    // A process that was killed between the share's file and its clean-up left what it had read.
    await rm(spoolFolder(directory), { recursive: true, force: true })
    return { share: before, known: true }
  }
  const storePath = join(directory, 'store')
  const onWait = (holder: Holder | null) => onEvent?.({ event: 'waiting', holder })
  const primaryKey = identity.secret(`share/${id}`)
  await mkdir(directory, { recursive: true })
  const store = await openStore(storePath, { primaryKey, purpose: 'share', signal, onWait })
  try {
    // Whoever held the store may have been doing the same.
    const meanwhile = await shares.read(id)
    if (meanwhile) return { share: meanwhile, known: true }
    const draft = (await readDraft(directory)) ?? (await importDraft(options, directory))
    const info: SealInfo = {
      contributor: {
        publicKey: formatKey(identity.contributor.publicKey),
        ...(options.name && { name: options.name })
      },
      license: draft.license,
      created_at: draft.created_at,
      tool: options.tool
    }
    const share: Share = {
      version: 1,
      id,
      link: dataset,
      sources: options.names ?? files.map((file) => basename(file)),
      license: draft.license,
      records: 0,
      refused: draft.refused,
      created_at: draft.created_at,
      volumes: []
    }
    for (const each of draft.drafts) {
      const sealed = await sealVolume({
        store,
        draft: each,
        info,
        signal,
        onEvent: ({ blocks, length }) => onEvent?.({ event: 'sealing', blocks, length })
      })
      share.records += sealed.records
      share.volumes.push({
        id: formatKey(sealed.key),
        length: sealed.length,
        bytes: sealed.byteLength,
        records: sealed.records,
        raw_bytes: sealed.rawBytes,
        held: false,
        verdict: null
      })
    }
    await shares.save(share)
    await rm(spoolFolder(directory), { recursive: true, force: true })
    return { share, known: false }
  } finally {
    await closeStore(store, storePath)
  }
}

/** Reads the files into spooled drafts; from the beginning where that was interrupted before. */
async function importDraft(options: PrepareOptions, directory: string): Promise<Drafted> {
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

function spoolFolder(directory: string): string {
  return join(directory, 'spool')
}

async function mustExist(file: string): Promise<void> {
  try {
    await stat(file)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    throw new VdataError('error', 'FILE_NOT_FOUND', `There is no file ${file}.`, 'Check its name and folder.', {
      cause: error
    })
  }
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
