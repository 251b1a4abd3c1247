import { cpSync, existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import test from 'brittle'
import { VdataError } from '../../lib/errors.js'
import { Identity } from '../../lib/network/identity.js'
import { closeStore, openStore, type Holder } from '../../lib/network/store.js'

test('a store is one process’s; others learn whose, and wait', async (t) => {
  const directory = join(await t.tmp(), 'store')
  const first = await openStore(directory, { purpose: 'seed' })
  await t.exception(openStore(directory, { purpose: 'pull', wait: false }), { code: 'STORE_BUSY' })
  const busy = await openStore(directory, { purpose: 'pull', wait: false }).catch(
    (error: unknown) => error as VdataError
  )
  t.ok(busy instanceof VdataError && busy.message.includes(`vdata seed (process ${process.pid})`), String(busy))

  let holder: Holder | null | undefined
  let told = 0
  const second = openStore(directory, {
    purpose: 'pull',
    onWait: (who) => {
      holder = who
      told++
      void closeStore(first, directory)
    }
  })
  const store = await second
  t.alike(holder, { pid: process.pid, purpose: 'seed' })
  t.is(told, 1)
  t.is((JSON.parse(readFileSync(`${directory}.holder`, 'utf8')) as Holder).purpose, 'pull')
  await closeStore(store, directory)
  t.absent(existsSync(`${directory}.holder`))
})

test('who waits can be told to stop', async (t) => {
  const directory = join(await t.tmp(), 'store')
  const first = await openStore(directory, { purpose: 'seed' })
  const stop = new AbortController()
  const onWait = () => stop.abort(new Error('enough'))
  await t.exception(openStore(directory, { purpose: 'pull', signal: stop.signal, onWait }))
  writeFileSync(`${directory}.holder`, '{"pid":')
  await t.exception(openStore(directory, { purpose: 'pull', wait: false }), /in use by another process/)
  await closeStore(first, directory)
})

test('a store that was copied is refused, one that was moved is not', async (t) => {
  const folder = await t.tmp()
  const directory = join(folder, 'store')
  const store = await openStore(directory, { purpose: 'test' })
  const core = store.get({ name: 'log' })
  await core.append(Buffer.from('one'))
  await closeStore(store, directory)
  cpSync(directory, join(folder, 'copy'), { recursive: true })
  for (let attempt = 0; attempt < 2; attempt++) {
    await t.exception(openStore(join(folder, 'copy'), { purpose: 'test' }), { code: 'STORE_COPIED', failure: 'config' })
  }
  renameSync(directory, join(folder, 'moved'))
  const moved = await openStore(join(folder, 'moved'), { purpose: 'test' })
  t.alike(await moved.get({ name: 'log' }).get(0), Buffer.from('one'))
  await closeStore(moved, join(folder, 'moved'))
})

test('a store of another identity is refused, and opens again with its own', async (t) => {
  const directory = join(await t.tmp(), 'store')
  const [own, other] = [randomBytes(32), randomBytes(32)]
  await closeStore(await openStore(directory, { purpose: 'test', primaryKey: own }), directory)
  await t.exception(openStore(directory, { purpose: 'test', primaryKey: other }), { code: 'STORE_OF_OTHER' })
  await closeStore(await openStore(directory, { purpose: 'test', primaryKey: own, wait: false }), directory)
})

test('forks are forbidden in every store, whoever opens a core', async (t) => {
  const directory = join(await t.tmp(), 'store')
  const store = await openStore(directory, { purpose: 'test' })
  const core = store.get({ name: 'log', allowFork: true })
  await core.ready()
  t.is(core.core.replicator.allowFork, false)
  await closeStore(store, directory)
})

test('an identity is made once, for its owner’s eyes, and never replaced', async (t) => {
  const home = await t.tmp()
  const identities = await Promise.all(Array.from({ length: 8 }, () => Identity.load(home)))
  const keys = new Set(identities.map(({ contributor }) => contributor.publicKey.toString('hex')))
  t.is(keys.size, 1, 'eight at once make one')
  t.is(statSync(join(home, 'identity.json')).mode & 0o777, 0o600)
  writeFileSync(join(home, 'identity.json'), '{"version":1}')
  await t.exception(Identity.load(home), { code: 'BAD_IDENTITY', failure: 'config' })
  t.is(readFileSync(join(home, 'identity.json'), 'utf8'), '{"version":1}', 'what cannot be read is kept')
})
