import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'brittle'
import { readSettings, SETTINGS, writeSetting } from '../../bin/settings.js'
import { Cli, parseLines } from '../helpers/cli.js'

const LINK = 'vdata://' + 'ybndrfg8ejkmcpqxot1uwisza345h769'.repeat(2).slice(0, 52)

test('a setting is set, read, listed and unset', async (t) => {
  const cli = await Cli.create(t)
  t.is((await cli.run(['config', 'set', 'dataset', LINK])).code, 0)
  t.is((await cli.run(['config', 'get', 'dataset'])).stdout, LINK + '\n')
  t.alike(parseLines((await cli.run(['config', 'get', 'dataset', '--json'])).stdout), [{ dataset: LINK }] as object[])
  t.is((await cli.run(['config', 'set', 'name', 'Ann Ö.'])).code, 0)
  t.is((await cli.run(['config', 'get'])).stdout, `dataset=${LINK}\nname=Ann Ö.\n`)

  const { stdout } = await cli.run(['config', 'list', '--json'])
  const [list = {}] = parseLines(stdout) as unknown as { [key: string]: unknown }[]
  t.alike(Object.keys(list), Object.keys(SETTINGS))
  t.alike(list.dataset, { value: LINK, what: SETTINGS.dataset })
  t.alike(list.host, { value: null, what: SETTINGS.host })

  t.is((await cli.run(['config', 'unset', 'dataset'])).code, 0)
  const missing = await cli.run(['config', 'get', 'dataset'])
  t.is(missing.code, 3)
  t.is(missing.stderr, "error: dataset is not set.\n  Set it with 'vdata config set dataset …'.\n")
})

test('settings are a private file that is never half written', async (t) => {
  const cli = await Cli.create(t, { home: join(await t.tmp(), 'new', 'home') })
  t.is((await cli.run(['config', 'set', 'donate_note', 'off'], { cwd: '/' })).code, 0)
  t.alike(readdirSync(cli.home), ['config.json'], 'no temporary file is left')
  const file = join(cli.home, 'config.json')
  t.alike(JSON.parse(readFileSync(file, 'utf8')), { donate_note: 'off' })
  t.is(statSync(file).mode & 0o777, 0o600)
  t.is(statSync(cli.home).mode & 0o777, 0o700)
})

test('--home and $VDATA_HOME say where it is', async (t) => {
  const cli = await Cli.create(t)
  const other = await t.tmp()
  await cli.run(['config', 'set', 'name', 'first'])
  await cli.run(['config', 'set', 'name', 'second', '--home', other])
  t.is((await cli.run(['config', 'get', 'name'])).stdout, 'first\n')
  t.is((await cli.run(['config', 'get', 'name'], { env: { VDATA_HOME: other } })).stdout, 'second\n')
})

test('an unknown setting lists the known ones', async (t) => {
  const cli = await Cli.create(t)
  const known = Object.keys(SETTINGS).join(', ')
  for (const args of [
    ['get', 'datset'],
    ['set', 'datset', LINK],
    ['unset', 'datset'],
    ['set', '__proto__', 'x'],
    ['unset', '__proto__'],
    ['unset', 'constructor']
  ]) {
    const { code, stdout, stderr } = await cli.run(['config', ...args])
    t.is(code, 2, args.join(' '))
    t.is(stdout, '')
    t.ok(stderr.includes(known) && stderr.includes(`vdata config ${args[0]} --help`), stderr)
    t.is(stderr.split('\n').length, 2, 'one line')
  }
})

test('a value that is not valid is refused with what it must be', async (t) => {
  const home = await t.tmp()
  for (const [key, value, must] of [
    ['dataset', 'vdata://short', 'must be a link'],
    ['dataset', LINK + '/a/b', 'must be a link'],
    ['dataset', LINK.replace('vdata', 'http'), 'must be a link'],
    ['bootstrap', 'localhost', 'must be host:port'],
    ['bootstrap', '', 'must be host:port'],
    ['host', 'localhost', 'must be an IP address'],
    ['name', 'two\nlines', 'must be one line'],
    ['donate_note', 'maybe', 'must be on or off']
  ] as const) {
    await t.exception(() => writeSetting(home, key, value), new RegExp(`^VdataError: ${key} ${must}`), value)
  }
  t.alike(readdirSync(home), [], 'nothing was written')
  for (const [key, value] of [
    ['dataset', LINK + '/2026-11'],
    ['bootstrap', '127.0.0.1:49737,[::1]:80,example.org:1'],
    ['host', '::1']
  ] as const) {
    writeSetting(home, key, value)
    t.is(readSettings(home)[key], value)
  }
  const cli = await Cli.create(t)
  const { code, stderr } = await cli.run(['config', 'set', 'host', 'localhost'])
  t.is(code, 2)
  t.is(stderr, "error: host must be an IP address: see 'vdata config set --help'.\n")
})

test('a broken file is an error that says how to mend it', async (t) => {
  const cli = await Cli.create(t)
  const file = join(cli.home, 'config.json')
  for (const text of ['[]', '"x"', '']) {
    writeFileSync(file, text)
    await t.exception(() => readSettings(cli.home), /is not a JSON object/, text)
  }
  writeFileSync(file, '{')
  const broken = await cli.run(['config', 'get'])
  t.is(broken.code, 3)
  t.is(
    broken.stderr,
    `error: ${file} is not a JSON object.\n  Correct the file, or delete it and set again what was in it.\n`
  )
  writeFileSync(file, '{"nmae": "Ann", "host": "127.0.0.1"}')
  const { code, stderr } = await cli.run(['config', 'get'])
  t.is(code, 3)
  t.ok(stderr.startsWith(`error: ${file} is not valid: there is no setting 'nmae'.`), stderr)
  t.is((await cli.run(['config', 'unset', 'nmae'])).code, 0)
  t.is((await cli.run(['config', 'get'])).stdout, 'host=127.0.0.1\n')
})
