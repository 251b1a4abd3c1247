// Adds volumes to an index until it is killed, and says each one that is on the disk: folder, first volume.
import { DatasetIndex } from '../../../lib/check/bands/dataset-index.js'
import { randomRows } from './rows.js'

/** Records of the volume with a number: some volumes are larger than others, so that merges have several sizes. */
export function rowsOfVolume(number: number): number {
  return 20 + (number % 7) * 30
}

/** Every so many volumes, the one before is taken out again. */
export const REMOVED_EVERY = 5

if (process.argv[2] !== undefined) {
  const index = DatasetIndex.open(process.argv[2])
  for (let number = Number(process.argv[3]); ; number++) {
    await index.add(`volume ${number}`, randomRows(number, rowsOfVolume(number)))
    process.stdout.write(`added ${number}\n`)
    if (number % REMOVED_EVERY === 0 && number > 0) {
      await index.remove(`volume ${number - 1}`)
      process.stdout.write(`removed ${number - 1}\n`)
    }
  }
}
