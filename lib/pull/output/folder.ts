import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { codeOf, VdataError } from '../../errors.js'
import { swapFolder } from '../commit.js'
import { manifestPath, readManifest } from '../manifest.js'
import type { PullOptions } from '../options.js'
import { cardOf } from './card.js'
import { croissantOf } from './croissant.js'
import { Outputs } from './outputs.js'
import { ParquetSink } from './parquet.js'
import { describeFile, partialName, type WrittenFile } from './sink.js'
import { nativeFile, parquetTools, type Content, type Target, type TargetTools } from './target.js'

/** JSON Lines in a file of Parquet: a third to a quarter of it on the disk. */
const SHARD_BYTES = 256 * 1024 * 1024

/**
 * A folder that is a dataset: Parquet files by split, README.md with its card, croissant.json, LICENSE and ATTRIBUTION. It
 * is built beside the target and takes its place when it is complete.
 *
 * @throws VdataError FOLDER_NOT_OURS where the target has files that no pull wrote: they are not touched.
 */
export async function openFolder(output: string, options: PullOptions, tools: TargetTools): Promise<Target> {
  const target = resolve(output)
  const partial = partialName(target)
  await checkTarget(target)
  await rm(partial, { recursive: true, force: true })
  await mkdir(join(partial, 'data'), { recursive: true })
  const splits = options.split?.map(({ name }) => name) ?? ['train']
  const { engine, columns, close } = await parquetTools(options, tools)
  const { scratch } = tools
  const sinks = splits.map((split) => {
    return new ParquetSink(join(partial, 'data', split), { engine, scratch, columns, shardBytes: SHARD_BYTES })
  })
  const outputs = new Outputs(sinks, { head: '', tail: '', commas: false })
  const single = nativeFile(join(partial, 'data', 'train-00000-of-00001.parquet'))
  const native = options.sql !== undefined && !options.split

  const writeData = async (): Promise<WrittenFile[]> => {
    const from = single.written ? single : outputs
    const files = await from.finish()
    await from.commit()
    return files.map((file) => ({ ...file, path: `data/${file.path}` }))
  }
  return {
    nativePath: native ? single.path : undefined,
    wroteNative: (records) => single.wrote(records),
    outputs: () => outputs,
    get records() {
      return single.written ? single.records : outputs.records
    },
    async finish(content) {
      const data = await writeData()
      await close()
      const texts = await writeTexts(partial, options, content, data)
      return [...data, ...texts]
    },
    commit: () => swapFolder(target),
    async discard() {
      await close()
      await rm(partial, { recursive: true, force: true })
    }
  }
}

/** Whatever is in the target must have been written by a pull. */
async function checkTarget(target: string): Promise<void> {
  const found = await readdir(target, { recursive: true, withFileTypes: true }).catch((error) => {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  })
  const files = found.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name))
  if (files.length === 0) return
  const manifest = await readManifest(manifestPath(target)).catch(() => null)
  const ours = new Set(manifest?.files.map(({ path }) => join(target, path)))
  const foreign = files.find((file) => !ours.has(file))
  if (foreign === undefined) return
  throw new VdataError(
    'usage',
    'FOLDER_NOT_OURS',
    `${target} has files that no pull wrote, such as ${basename(foreign)}.`,
    'Name a folder that is new or empty: a pull removes nothing but what a pull wrote.'
  )
}

async function writeTexts(
  folder: string,
  options: PullOptions,
  content: Content,
  data: WrittenFile[]
): Promise<WrittenFile[]> {
  const texts = { ...cardOf(options, content, data), 'croissant.json': croissantOf(options, content, data) }
  const files: WrittenFile[] = []
  for (const [name, text] of Object.entries(texts)) {
    const path = join(folder, name)
    await writeFile(path, text, { flush: true })
    files.push(await describeFile(path, name, 0))
  }
  return files
}
