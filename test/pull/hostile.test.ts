// Statements that want something else than an answer: refused, or stopped within their limits; none touches a file.
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'brittle'
import { VdataError } from '../../lib/errors.js'
import { RemoteEngine, type SqlLimits } from '../../lib/pull/sql/remote.js'
import { readStatement } from '../../lib/pull/sql/statement.js'

const LIMITS: SqlLimits = { memory: 200e6, spill: 50e6, threads: 2, time: 1_500 }
const SIDES = { volumes: [], contributors: [], releases: [] }

const refusals = (secret: string, target: string) => [
  `INSERT INTO records VALUES ('x')`,
  `UPDATE records SET topic = 'x'`,
  `DELETE FROM records`,
  `DROP TABLE records`,
  `CREATE TABLE x (a INT)`,
  `CREATE TABLE x AS SELECT * FROM records`,
  `ALTER TABLE records ADD COLUMN a INT`,
  `TRUNCATE records`,
  `COPY records TO '${target}'`,
  `COPY (SELECT 1) TO '${target}' (FORMAT csv)`,
  `COPY records FROM '${secret}'`,
  `EXPORT DATABASE '${target}'`,
  `IMPORT DATABASE '${target}'`,
  `ATTACH '${target}' AS x`,
  `DETACH memory`,
  `USE memory`,
  `INSTALL httpfs`,
  `LOAD httpfs`,
  `PRAGMA database_list`,
  `SET memory_limit = '100GB'`,
  `RESET memory_limit`,
  `CHECKPOINT`,
  `VACUUM`,
  `BEGIN`,
  `CALL pragma_version()`,
  `EXPLAIN SELECT 1`,
  `PREPARE x AS SELECT 1`,
  `CREATE MACRO f(a) AS a`,
  `CREATE SECRET s (TYPE s3)`,
  `SELECT 1; SELECT 2`,
  `SELECT 1; COPY (SELECT 1) TO '${target}'`,
  `SELECT 1 /* ; */ ; -- \n COPY (SELECT 1) TO '${target}'`,
  `-- SELECT\nCOPY (SELECT 1) TO '${target}'`,
  `/* SELECT 1 */ DROP TABLE records`,
  `SELECT * FROM '${secret}'`,
  `SELECT * FROM "${secret}"`,
  `SELECT * FROM read_text('${secret}')`,
  `SELECT * FROM read_csv('${secret}')`,
  `SELECT * FROM read_json_auto('${secret}')`,
  `SELECT * FROM read_parquet('https://127.0.0.1/x.parquet')`,
  `SELECT * FROM 'https://127.0.0.1/x.csv'`,
  `SELECT * FROM glob('/*')`,
  `SELECT * FROM sniff_csv('${secret}')`,
  `SELECT * FROM query('SELECT 1')`,
  `SELECT * FROM query_table('records')`,
  `SELECT * FROM duckdb_settings()`,
  `SELECT * FROM duckdb_secrets()`,
  `SELECT * FROM pragma_table_info('records')`,
  `SELECT * FROM information_schema.tables`,
  `SELECT * FROM pg_catalog.pg_tables`,
  `SELECT * FROM memory.main.records`,
  `SELECT getenv('HOME')`,
  `SELECT current_setting('temp_directory')`,
  `SELECT getvariable('x')`,
  `SELECT (SELECT content FROM read_text('${secret}'))`,
  `WITH x AS (SELECT * FROM read_blob('${secret}')) SELECT * FROM x`,
  `WITH records AS (SELECT 1) SELECT * FROM records`,
  `SELECT * FROM records WHERE topic IN (FROM read_text('${secret}'))`,
  `SELECT $1`,
  `SELECT ${'('.repeat(20_000)}1${')'.repeat(20_000)}`,
  `SELECT ${'1+'.repeat(20_000)}1`,
  `SELECT ${'NOT '.repeat(12_000)}TRUE`,
  `SELECT '${'x'.repeat(70_000)}'`,
  `SELECT '\0'`,
  `DESCRIBE records`,
  `SHOW TABLES`,
  ``,
  `;`,
  `selec 1`
]

const GREEDY = [
  `SELECT count(*) FROM range(1000000000) a, range(1000000) b WHERE a.range <> b.range`,
  `SELECT len(range(1000000000))`,
  `SELECT len(list(range)) FROM range(1000000000)`,
  `SELECT length(repeat('x', 2000000000)) + length(repeat('y', 2000000000))`,
  `SELECT count(DISTINCT repeat('x', 1000) || range) FROM range(10000000)`,
  `WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t`,
  `SELECT list_resize([1], 2000000000)`
]

test('statements that are no question are refused before anything runs', { timeout: 600_000 }, async (t) => {
  const folder = await t.tmp()
  const secret = join(folder, 'secret.csv')
  await writeFile(secret, 'a\n1\n')
  const list = refusals(secret, join(folder, 'written'))
  const engine = await RemoteEngine.open(join(folder, 'engine'), { ...LIMITS, time: 60_000 })
  for (const sql of list) {
    const error = await readStatement(engine, sql).then(
      () => null,
      (thrown: unknown) => thrown
    )
    if (!(error instanceof VdataError) || error.failure !== 'usage') t.fail(`${sql.slice(0, 80)}: ${String(error)}`)
  }
  await engine.close()
  t.ok(list.length >= 60, `${list.length} statements`)
  t.alike(await readdir(folder), ['secret.csv'], 'nothing was written')
})

test('the sandbox holds without the guard', { timeout: 600_000 }, async (t) => {
  const folder = await t.tmp()
  const secret = join(folder, 'secret.csv')
  await writeFile(secret, 'a\n1\n')
  const engine = await RemoteEngine.open(join(folder, 'engine'), { ...LIMITS, time: 60_000 })
  await engine.call('createTables', ['kind'], SIDES)
  await engine.call('lock', 1)
  for (const sql of [
    `SELECT * FROM read_text('${secret}')`,
    `SELECT * FROM '${secret}'`,
    `SELECT * FROM glob('${folder}/*')`,
    `SELECT 1; COPY (SELECT 1) TO '${join(folder, 'written')}'`
  ]) {
    await t.exception(engine.call('ask', sql))
  }
  for (const sql of [
    `COPY (SELECT 1) TO '${join(folder, 'written')}'`,
    `SET enable_external_access = true`,
    `LOAD httpfs`
  ]) {
    await t.exception(engine.call('run', sql))
  }
  await engine.close()
  t.alike(await readdir(folder), ['secret.csv'])
})

test('statements that want too much are stopped, and leave nothing', { timeout: 600_000 }, async (t) => {
  const folder = await t.tmp()
  for (const sql of GREEDY) {
    await mkdir(join(folder, 'engines'), { recursive: true })
    const engine = await RemoteEngine.open(join(folder, 'engines', 'one'), LIMITS)
    try {
      await engine.call('createTables', ['kind'], SIDES)
      await readStatement(engine, sql)
      await engine.call('lock', 2)
      const columns = await engine.call('ask', sql)
      await engine.call('start', columns, false)
      while (await engine.call('next'));
      t.fail(`${sql} had an answer`)
    } catch (error) {
      const code = error instanceof VdataError ? error.code : String(error)
      t.ok(
        ['SQL_TIME', 'SQL_MEMORY', 'SQL_SPACE', 'SQL_STOPPED', 'BAD_SQL'].includes(code),
        `${code}: ${sql.slice(0, 60)}`
      )
    } finally {
      await engine.close()
    }
    t.alike(await readdir(join(folder, 'engines')), [])
  }
})

test('a signal stops a statement at once', { timeout: 600_000 }, async (t) => {
  const stop = new AbortController()
  const engine = await RemoteEngine.open(join(await t.tmp(), 'engine'), { ...LIMITS, time: 60_000 }, stop.signal)
  await engine.call('createTables', ['kind'], SIDES)
  await engine.call('lock', 1)
  const asked = engine.call('ask', 'SELECT len(range(1000000000))')
  stop.abort(new VdataError('interrupted', 'INTERRUPTED', 'Stopped.'))
  await t.exception(asked, /Stopped/)
  await engine.close()
})
