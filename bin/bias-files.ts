import { open, readFile, rename, rm } from 'node:fs/promises'
import { messageOf, VdataError } from '../lib/errors.js'

/** Reads a file that the user named. @throws VdataError usage FILE_UNREADABLE, with `advice` */
export async function readNamed(path: string, advice = 'Check the path.'): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    throw new VdataError('usage', 'FILE_UNREADABLE', `${path} could not be read: ${messageOf(error)}.`, advice, {
      cause: error
    })
  }
}

/** Writes a whole file or none of it. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    const file = await open(temporary, 'w')
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw new VdataError(
      'error',
      'FILE_UNWRITABLE',
      `${path} could not be written: ${messageOf(error)}.`,
      'Check the folder.',
      {
        cause: error
      }
    )
  }
}
