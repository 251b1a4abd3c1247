import { basename, dirname, join } from 'node:path'
import { finishCommit } from './commit.js'
import { manifestPath, readManifest, type Manifest } from './manifest.js'
import { describeFile } from './output/sink.js'

export interface Verification {
  manifest: Manifest
  files: { path: string; problem: 'missing' | 'changed' | null }[]
}

/**
 * Compares the files of a pull with what its manifest says of them. What a pull that was killed had begun to give its
 * names is finished first.
 *
 * @param output the target, or its `.vdata.json`
 * @throws VdataError NO_MANIFEST, BAD_MANIFEST.
 */
export async function verifyOutput(output: string): Promise<Verification> {
  const target = output.endsWith('.vdata.json') ? output.slice(0, -'.vdata.json'.length) : output
  await finishCommit(target)
  const manifest = await readManifest(manifestPath(target))
  const folder = manifest.request.folder ? target : dirname(target)
  const files: Verification['files'] = []
  for (const file of manifest.files) {
    const found = await describeFile(join(folder, file.path), basename(file.path), 0).catch(() => null)
    const same = found?.sha256 === file.sha256 && found.bytes === file.bytes
    files.push({ path: file.path, problem: found === null ? 'missing' : same ? null : 'changed' })
  }
  return { manifest, files }
}
