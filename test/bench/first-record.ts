// Opens a dataset as a program does that was never here, and prints the seconds until its first record.
//
//   node first-record.js <link> <host:port of the DHT> <host> <home>
import process from 'node:process'
import { parseBootstrap } from '../../bin/addresses.js'
import { open } from '../../index.js'

const [link = '', bootstrap = '', host = '', home = ''] = process.argv.slice(2)
const started = performance.now()
const network = { bootstrap: parseBootstrap(bootstrap) ?? [], host }
const dataset = await open(link, { home, network })
for await (const record of dataset.records()) {
  const seconds = (performance.now() - started) / 1000
  process.stdout.write(JSON.stringify({ seconds, kind: record.kind }) + '\n')
  break
}
await dataset.close()
process.exit(0)
