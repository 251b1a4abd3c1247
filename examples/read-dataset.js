// Reads a dataset from a program:
//
//   node examples/read-dataset.js vdata://… [host:port of a bootstrap node]
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { open } from 'vdata'

const [link, bootstrap] = process.argv.slice(2)
if (!link) throw new Error('Name a dataset: node examples/read-dataset.js vdata://…')
const [host, port] = (bootstrap ?? '').split(':')
// Without a bootstrap node it is the public network.
const network = bootstrap
  ? { bootstrap: [{ host, port: Number(port) }], host: process.env.VDATA_HOST }
  : { bootstrap: null }

const dataset = await open(link, { home: join(tmpdir(), 'vdata-example'), network })
process.stdout.write(`${dataset.name}: ${dataset.volumes.length} volumes\n`)

// Records arrive batch by batch; only the batches that can hold one are fetched.
for await (const { kind, topic } of dataset.records({ columns: ['kind', 'topic'], limit: 3 })) {
  process.stdout.write(`${kind} ${topic ?? 'without a topic'}\n`)
}

// One SELECT, with DuckDB's functions.
const sql = 'SELECT kind, count(*) AS records FROM records GROUP BY kind ORDER BY kind'
for await (const row of dataset.query(sql)) process.stdout.write(JSON.stringify(row) + '\n')

await dataset.close()
