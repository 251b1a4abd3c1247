import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import test, { type Assert } from 'brittle'
import { InvalidArgumentError } from 'commander'
import { parseBootstrap } from '../../bin/addresses.js'
import { wantsColor } from '../../bin/color.js'
import { resolveLink } from '../../bin/dataset-option.js'
import { homeDirectory } from '../../bin/home.js'
import { resolveNetwork } from '../../bin/network-options.js'
import { byteSize, wholeNumber } from '../../bin/values.js'
import { VdataError } from '../../lib/errors.js'

test('bootstrap nodes are host:port, separated by commas', (t) => {
  t.alike(parseBootstrap('127.0.0.1:49737'), [{ host: '127.0.0.1', port: 49737 }])
  t.alike(parseBootstrap('[::1]:1, node.example.org:65535'), [
    { host: '::1', port: 1 },
    { host: 'node.example.org', port: 65535 }
  ])
  for (const wrong of ['', 'host', 'host:', ':1', 'host:0', 'host:65536', '::1:80', 'a:1,', 'a:1;b:2', 'http://a:1']) {
    t.is(parseBootstrap(wrong), undefined, wrong)
  }
})

test('the network is named by the option, else the environment, else the setting, else it is the public one', async (t) => {
  const home = await t.tmp()
  t.alike(resolveNetwork({ env: {}, home }, {}), { bootstrap: null, host: undefined })
  writeFileSync(join(home, 'config.json'), '{"bootstrap": "127.0.0.1:1", "host": "127.0.0.1"}')
  t.alike(resolveNetwork({ env: {}, home }, {}), { bootstrap: [{ host: '127.0.0.1', port: 1 }], host: '127.0.0.1' })
  const env = { VDATA_BOOTSTRAP: '127.0.0.1:2', VDATA_HOST: '127.0.0.2' }
  t.alike(resolveNetwork({ env, home }, {}), { bootstrap: [{ host: '127.0.0.1', port: 2 }], host: '127.0.0.2' })
  const options = { bootstrap: '127.0.0.1:3', host: '::1' }
  t.alike(resolveNetwork({ env, home }, options), { bootstrap: [{ host: '127.0.0.1', port: 3 }], host: '::1' })
  t.is(resolveNetwork({ env, home }, { bootstrap: 'public' }).bootstrap, null)
})

test('a network that is named wrongly is an error that says where', async (t) => {
  const home = await t.tmp()
  fails(t, () => resolveNetwork({ env: {}, home }, { bootstrap: 'x' }), 'usage', '--bootstrap must be host:port')
  fails(t, () => resolveNetwork({ env: { VDATA_HOST: 'x' }, home }, {}), 'config', '$VDATA_HOST must be an IP address')
})

test('a dataset is the one that was given, else the one of the settings', async (t) => {
  const home = await t.tmp()
  t.is(resolveLink({ home }, 'vdata://given', '--from'), 'vdata://given')
  fails(t, () => resolveLink({ home }, undefined, '--from'), 'config', 'No dataset was named.')
  const link = 'vdata://' + 'y'.repeat(52)
  writeFileSync(join(home, 'config.json'), JSON.stringify({ dataset: link }))
  t.is(resolveLink({ home }, undefined, '--from'), link)
})

test('the home is the platform’s directory for data', (t) => {
  t.is(homeDirectory({ VDATA_HOME: '/srv/vdata' }, 'linux', '/home/ann'), '/srv/vdata')
  t.is(homeDirectory({}, 'linux', '/home/ann'), '/home/ann/.local/share/vdata')
  t.is(homeDirectory({ XDG_DATA_HOME: '/data' }, 'linux', '/home/ann'), '/data/vdata')
  t.is(homeDirectory({ XDG_DATA_HOME: 'data' }, 'linux', '/home/ann'), '/home/ann/.local/share/vdata')
  t.is(homeDirectory({}, 'darwin', '/Users/ann'), '/Users/ann/Library/Application Support/vdata')
  t.is(homeDirectory({ LOCALAPPDATA: '/local' }, 'win32', '/ann'), join('/local', 'vdata'))
})

test('colours', (t) => {
  const terminal = { isTTY: true }
  const pipe = { isTTY: false }
  t.is(wantsColor(terminal, true, {}), true)
  t.is(wantsColor(terminal, false, { FORCE_COLOR: '1' }), false, '--no-color')
  t.is(wantsColor(terminal, true, { NO_COLOR: '1', FORCE_COLOR: '1' }), false)
  t.is(wantsColor(terminal, true, { NO_COLOR: '' }), true, 'an empty variable is none')
  t.is(wantsColor(terminal, true, { TERM: 'dumb' }), false)
  t.is(wantsColor(pipe, true, {}), false)
  t.is(wantsColor(pipe, true, { FORCE_COLOR: '1' }), true)
  t.is(wantsColor(terminal, true, { FORCE_COLOR: '0' }), false)
})

test('whole numbers', (t) => {
  t.is(wholeNumber()('12'), 12)
  t.is(wholeNumber(-1, 1)('-1'), -1)
  for (const wrong of ['0', '', '1.5', '1e3', '0x10', 'x', ' 1', '9007199254740993']) {
    throwsArgument(t, () => wholeNumber()(wrong), /whole number of 1 or more/, wrong)
  }
  throwsArgument(t, () => wholeNumber(0, 65535)('65536'), /from 0 to 65535/, '65536')
})

test('sizes', (t) => {
  for (const [text, size] of [
    ['0', 0],
    ['512', 512],
    ['512B', 512],
    ['500kB', 500_000],
    ['10 GB', 10_000_000_000],
    ['1.5GiB', 1_610_612_736],
    ['2t', 2_000_000_000_000],
    ['1Mi', 1_048_576]
  ] as const) {
    t.is(byteSize(text), size, text)
  }
  for (const wrong of ['', '-1', 'GB', '1 PB', '1..5', '1,5GB', '99999999999TB']) {
    throwsArgument(t, () => byteSize(wrong), /must be a size/, wrong)
  }
})

function fails(t: Assert, run: () => unknown, failure: string, message: string): void {
  try {
    run()
    t.fail(message)
  } catch (error) {
    t.ok(error instanceof VdataError && error.failure === failure && error.message.startsWith(message), message)
    t.ok(error instanceof VdataError && error.advice, 'it says what to do')
  }
}

function throwsArgument(t: Assert, run: () => unknown, matches: RegExp, what: string): void {
  try {
    run()
    t.fail(what)
  } catch (error) {
    t.ok(error instanceof InvalidArgumentError && matches.test(error.message), what)
  }
}
