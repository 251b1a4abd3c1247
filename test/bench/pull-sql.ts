import { writeFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { Net } from '../helpers/net.js'
import { writeCorpus } from '../helpers/corpus.js'
import { CORPUS, makeDataset } from './dataset.js'
import { MB, median, seconds, type Figure } from './figure.js'
import { Scope } from './scope.js'

const BYTES = 1000 * MB
const RUNS = 3

const STATEMENTS = {
  'counts by a facet': 'SELECT topic, count(*) AS n FROM records GROUP BY topic ORDER BY topic',
  'a search through all text':
    "SELECT topic, count(*) AS n FROM records WHERE response LIKE '%bamowa%' GROUP BY topic ORDER BY topic",
  'the longest of all': 'SELECT prompt FROM records ORDER BY length(response) DESC, prompt LIMIT 10'
}

/**
 * Statements about 1 GB of text that is on this computer already, beside DuckDB alone on the same text as one file of JSON
 * Lines: what lies between is decoding, loading into the sandbox and the process of its own.
 */
export function benchSql(): Promise<Figure[]> {
  return Scope.use(async (scope) => {
    const net = await Net.start(scope)
    const dataset = await makeDataset(net, BYTES)
    const reader = await net.party()
    const answer = reader.path('answer.csv')
    const ask = (sql: string) => reader.result('pull', answer, '--from', dataset.link, '--sql', sql)
    const [cold, first] = await seconds(() => ask(STATEMENTS['counts by a facet']))
    const file = join(await scope.tmp(), 'data.jsonl')
    await writeCorpus(file, BYTES, CORPUS)
    const figures: Figure[] = [
      {
        name: 'counts by a facet, and everything is fetched',
        value: cold,
        unit: 's',
        note: `${(Number(first.fetched) / MB).toFixed(0)} MB`
      }
    ]
    for (const [name, sql] of Object.entries(STATEMENTS)) {
      const own: number[] = []
      const theirs: number[] = []
      for (let run = 0; run < RUNS; run++) {
        own.push((await seconds(() => ask(sql)))[0])
        theirs.push((await seconds(() => duckdb(file, sql, join(reader.home, 'duckdb.csv'))))[0])
      }
      const ratio = median(own.map((took, run) => took / theirs[run]!))
      const rate = (await stat(file)).size / MB / median(own)
      const note = `${rate.toFixed(0)} MB of text a second`
      figures.push({ name, value: median(own), unit: 's', ratio, against: 'DuckDB on one file of JSON Lines', note })
    }
    return figures
  })
}

async function duckdb(file: string, sql: string, output: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const columns = `columns = {kind: 'VARCHAR', prompt: 'VARCHAR', response: 'VARCHAR', topic: 'VARCHAR'}`
  await connection.run(
    `CREATE VIEW records AS SELECT * FROM read_json('${file}', format = 'newline_delimited', ${columns})`
  )
  const rows = (await connection.runAndReadAll(sql)).getRowsJson()
  await writeFile(output, rows.map((row) => row.join(',') + '\n').join(''))
  connection.closeSync()
  instance.closeSync()
}
