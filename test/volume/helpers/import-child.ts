// Imports so many megabytes of JSON Lines and prints how many megabytes it held at most, garbage not counted.
//
//   node --expose-gc import-child.js <megabytes> <folder>
import { join } from 'node:path'
import { importFiles } from '../../../lib/volume/import.js'

const [megabytes = '0', folder = '.'] = process.argv.slice(2)
const LINES = 5_000

let held = 0
async function* input(): AsyncGenerator<Buffer> {
  let bytes = 0
  for (let i = 0; bytes < Number(megabytes) * 1e6; i += LINES) {
    const lines = Array.from({ length: LINES }, (_, j) => {
      const text = `Sentence ${i + j} says that ${Math.sin(i + j)} is a number. `.repeat(10)
      return JSON.stringify({ kind: 'text', text, topic: `topic ${j % 10}` }) + '\n'
    })
    const chunk = Buffer.from(lines.join(''))
    bytes += chunk.length
    yield chunk
    globalThis.gc?.()
    const { heapUsed, external } = process.memoryUsage()
    held = Math.max(held, heapUsed + external)
  }
}

await importFiles({ sources: [{ name: 'input', stream: input() }], spool: join(folder, 'draft'), format: 'jsonl' })
process.stdout.write(String(Math.round(held / 1e6)))
