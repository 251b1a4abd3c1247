import { open, readFile, rm } from 'node:fs/promises'
import { codeOf, VdataError } from '../../errors.js'

/** Keeps a second run from writing the same output, and from paying for it twice. Returns the function that unlocks. */
export async function lock(file: string): Promise<() => Promise<void>> {
  for (let tries = 0; tries < 5; tries++) {
    try {
      await using handle = await open(file, 'wx', 0o600)
      await handle.writeFile(`${process.pid}\n`)
      return () => rm(file, { force: true })
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
      const owner = Number.parseInt(await readFile(file, 'utf8').catch(() => ''), 10)
      if (Number.isInteger(owner) && owner !== process.pid && isAlive(owner)) {
        throw new VdataError(
          'error',
          'OUTPUT_BUSY',
          `Process ${owner} is generating the same output.`,
          'Wait for it, or stop it first.'
        )
      }
      // Its process was killed.
      await rm(file, { force: true })
    }
  }
  throw new VdataError(
    'error',
    'OUTPUT_BUSY',
    `${file} could not be locked.`,
    'Remove that file if no other run is going on.'
  )
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}
