import { mkdir, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { codeOf, VdataError } from '../errors.js'
import type { Identity } from '../network/identity.js'
import { closeStore, openStore, type Holder } from '../network/store.js'
import { placesOf } from '../volume/places.js'
import { sealVolume, type SealInfo } from '../volume/seal.js'
import { draftShare, spoolFolder, type DraftEvent, type DraftOptions } from './draft.js'
import { formatKey, formatLink, parseLink } from './link.js'
import { ShareNotes } from './notes.js'
import { ShareFiles, shareId, type Share } from './shares.js'

export type PrepareEvent =
  DraftEvent | { event: 'waiting'; holder: Holder | null } | { event: 'sealing'; blocks: number; length: number }

export interface PrepareOptions extends DraftOptions {
  home: string
  identity: Identity
  /** What the files are called in the share's list, where that is not their own name. */
  names?: string[]
  /** The contributor's public name; empty for none. */
  name: string
  /** Whether the answer of `checks` will be to leave faulty records out: a share of its own, beside that of all of them. */
  leaveOut?: boolean
  /** The program and its version, for the volume's header. */
  tool: string
  onEvent?: (event: PrepareEvent) => void
}

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
  const settings = [
    dataset,
    options.read,
    options.license ?? '',
    options.keepOrder ?? false,
    ...(options.leaveOut ? ['faultless'] : [])
  ]
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
    const { draft, findings } = await draftShare(options, directory, store)
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
      left_out: draft.left_out,
      created_at: draft.created_at,
      volumes: []
    }
    const notes = new ShareNotes(directory)
    for (const [index, each] of draft.drafts.entries()) {
      const sealed = await sealVolume({
        store,
        draft: each,
        info,
        signal,
        onEvent: ({ blocks, length }) => onEvent?.({ event: 'sealing', blocks, length })
      })
      await notes.keep(formatKey(sealed.key), findings[index]?.local, placesOf(each.path))
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
