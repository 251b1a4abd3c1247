// Imports so many megabytes of JSON Lines and prints the most memory that the process ever had, in megabytes.
//
//   node import-child.js <megabytes> <folder>
import { join } from 'node:path'
import { importFiles } from '../../../lib/volume/import.js'

const [megabytes = '0', folder = '.'] = process.argv.slice(2)
const LINES = 1_000

function* input(): Generator<Buffer> {
  let bytes = 0
  for (let i = 0; bytes < Number(megabytes) * 1e6; i += LINES) {
    const lines = Array.from({ length: LINES }, (_, j) => {
      const text = `Sentence ${i + j} says that ${Math.sin(i + j)} is a number. `.repeat(10)
      return JSON.stringify({ kind: 'text', text, topic: `topic ${j % 10}` }) + '\n'
    })
    const chunk = Buffer.from(lines.join(''))
    bytes += chunk.length
    yield chunk
  }
}

async function* stream(): AsyncGenerator<Buffer> {
  yield* input()
}

await importFiles({ sources: [{ name: 'input', stream: stream() }], spool: join(folder, 'draft'), format: 'jsonl' })
process.stdout.write(String(Math.round(process.resourceUsage().maxRSS / 1024)))
