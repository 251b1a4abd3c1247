import { readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { codeOf, VdataError } from '../errors.js'
import { readJson, syncFolder, writeJson } from '../files.js'
import { manifestPath, manifestSchema, type Manifest } from './manifest.js'
import { partialName } from './output/sink.js'

/**
 * Gives what a pull wrote its names. A pull may write several files, and no file system renames them all at once. So the
 * manifest is written first, under the name of something unfinished: from then on whoever finds it finishes the renames.
 *
 * @param rename gives the files their names; they are all on the disk
 */
export async function commitOutput(output: string, manifest: Manifest, rename: () => Promise<void>): Promise<void> {
  const pending = pendingManifest(output)
  await writeJson(pending, manifest)
  try {
    await rename()
  } catch (error) {
    await rm(pending, { force: true })
    throw error
  }
  await publish(output)
}

/** Finishes what a pull that was killed had begun to give its names; else does nothing. */
export async function finishCommit(output: string): Promise<void> {
  const pending = pendingManifest(output)
  const parsed = manifestSchema.safeParse(await readJson(pending))
  // A manifest that was not written to its end says that nothing was renamed yet.
  await rm(`${pending}.tmp`, { force: true })
  if (!parsed.success) return rm(pending, { force: true })
  const { request, files } = parsed.data
  if (request.folder) await swapFolder(resolve(output))
  else for (const { path } of files) await renameIfThere(partialName(join(dirname(output), path)))
  await publish(output)
}

/** Puts the folder that was built beside the target in its place. Killed anywhere in it, it can be called again. */
export async function swapFolder(target: string): Promise<void> {
  const partial = partialName(target)
  const former = `${target}.vdata-former`
  if (await isThere(partial)) {
    if (await isThere(target)) {
      await rm(former, { recursive: true, force: true })
      await rename(target, former)
    }
    await rename(partial, target)
    await syncFolder(dirname(target))
  }
  await rm(former, { recursive: true, force: true })
}

/** @throws VdataError NO_FOLDER, IS_FOLDER: nothing can be written there. */
export async function checkPlace(output: string): Promise<void> {
  const folder = dirname(resolve(output))
  if (!(await stat(folder).catch(() => null))?.isDirectory()) {
    const advice = 'Make it first, or name a file in another one.'
    throw new VdataError('usage', 'NO_FOLDER', `There is no folder ${folder} for ${basename(output)}.`, advice)
  }
  if ((await stat(output).catch(() => null))?.isDirectory()) {
    throw new VdataError('usage', 'IS_FOLDER', `${output} is a folder.`, 'Name a file in it, or pull Parquet into it.')
  }
}

function pendingManifest(output: string): string {
  return partialName(manifestPath(output))
}

async function publish(output: string): Promise<void> {
  await rename(pendingManifest(output), manifestPath(output))
  await syncFolder(dirname(resolve(output)))
}

async function renameIfThere(partial: string): Promise<void> {
  try {
    await rename(partial, partial.slice(0, -partialName('').length))
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}

async function isThere(folder: string): Promise<boolean> {
  return (await readdir(folder).catch(() => null)) !== null
}
