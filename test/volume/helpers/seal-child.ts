// Seals a draft, and says after each group of blocks how many there are, to be killed by whoever reads it.
//
//   node seal-child.js <store> <draft as JSON>
import { writeSync } from 'node:fs'
import Corestore from 'corestore'
import { sealVolume, type Draft } from '../../../lib/volume/seal.js'
import { INFO } from './data.js'

const [folder = '', draft = ''] = process.argv.slice(2)
await sealVolume({
  store: new Corestore(folder),
  draft: JSON.parse(draft) as Draft,
  info: INFO,
  onEvent: ({ blocks }) => {
    writeSync(1, `${blocks}\n`)
    // Waits here to be killed, so that it can't be done before.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000)
  }
})
