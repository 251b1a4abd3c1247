// Blocks in files of their own: what hypercore-storage does not promise, and what happens when a disk lets go of something.
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, open, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type Assert } from 'brittle'
import type Corestore from 'corestore'
import type Hypercore from 'hypercore'
import CoreStorage from 'hypercore-storage'
import keys from 'hypercore-storage/lib/keys.js'
import { BlockFiles } from '../../lib/network/block-files.js'
import { closeBlocks, divertBlocks, sweepBlocks } from '../../lib/network/diverted.js'
import { auditCore, eraseCore, soundBlock } from '../../lib/network/internals-disk.js'
import { blockFolder } from '../../lib/network/space.js'
import { closeStore, openStore } from '../../lib/network/store.js'
import { connect, newStore, sealBlocks } from '../helpers/network.js'

const MiB = 1024 * 1024
const LARGE = 32 * 1024
/** A file system in memory, which takes direct writes in some versions of Linux. */
const MEMORY = '/dev/shm'

for (const [name, folderOf] of [
  ['on the disk', (t: Assert) => t.tmp()],
  ['in memory', (t: Assert) => (existsSync(MEMORY) ? inMemory(t) : t.tmp())]
] as const) {
  test(`blocks of any size are read as they were written, by whoever comes next too: ${name}`, async (t) => {
    const folder = join(await folderOf(t), 'blocks')
    const blocks = [1, 4095, 4096, 4097, LARGE, MiB - 1, MiB, MiB + 1, 2 * MiB + 4097].map((size) => randomBytes(size))
    const files = new BlockFiles(folder)
    // Side by side, as several volumes come.
    const places = await Promise.all(blocks.map((block, i) => files.append(i % 2, block)))
    await files.close()
    const again = new BlockFiles(folder)
    const more = await again.append(0, blocks[3]!)
    await again.close()
    for (const [i, place] of places.entries()) {
      t.ok((await again.read(i % 2, place))?.equals(blocks[i]!), `${blocks[i]!.length} bytes`)
    }
    t.ok((await again.read(0, more))?.equals(blocks[3]!), 'behind the others')
  })
}

test('what is no longer there is no block, however much a note asks for', async (t) => {
  const folder = join(await t.tmp(), 'blocks')
  const files = new BlockFiles(folder)
  const [first, second] = [await files.append(7, randomBytes(5000)), await files.append(7, randomBytes(5000))]
  await files.close()
  t.is(await files.read(8, first), null, 'no file')
  t.is(await files.read(7, { offset: 0, bytes: 2 ** 32 - 1 }), null, 'more than there is')
  await truncate(join(folder, '7.blocks'), second.offset + 100)
  t.is(await files.read(7, second), null, 'cut short')
  t.is((await files.read(7, first))?.length, 5000)
})

test('a block that cannot be written is not noted', async (t) => {
  const directory = await t.tmp()
  const folder = join(directory, 'blocks')
  const { db } = await newStorage(t, directory, folder)
  const key = keys.core.block(5, 0)
  const block = randomBytes(LARGE)
  await writeFile(folder, 'in the way')
  await t.exception(db.put(key, block), /ENOTDIR|EEXIST/)
  t.is(await db.get(key), null)
  await rm(folder)
  await db.put(key, block)
  t.ok((await db.get(key))?.equals(block))
})

test('large blocks, and nothing else, go to the file of their core', async (t) => {
  const directory = await t.tmp()
  const folder = join(directory, 'blocks')
  const { db } = await newStorage(t, directory, folder)
  const block = randomBytes(LARGE)
  for (const core of [0, 3, 0xfb, 0xfc, 300, 0xffff, 70_000, 2 ** 32 - 1]) {
    const [small, other] = [keys.core.block(core, 1), keys.core.tree(core, 7)].map((key) => Buffer.from(key))
    await db.put(small!, block.subarray(1))
    await db.put(other!, block)
    t.absent(existsSync(join(folder, `${core}.blocks`)), `core ${core}`)
    const large = Buffer.from(keys.core.block(core, 70_000))
    await db.put(large, block)
    t.ok(existsSync(join(folder, `${core}.blocks`)))
    t.ok((await db.get(large))?.equals(block))
    t.ok((await db.get(small!))?.equals(block.subarray(1)))
    t.ok((await db.get(other!))?.equals(block))
  }
})

test('a core is the same whether its blocks lie in files or not', async (t) => {
  const source = await newStore(t)
  const blocks = [LARGE, 10, 3 * MiB, LARGE - 1, 200_000].map((size) => randomBytes(size))
  // A peer's block that looks like a note is a block.
  blocks.push(Buffer.concat([Buffer.from('vdata: this block lies in a file'), Buffer.alloc(12)]))
  const volume = await sealBlocks(source, blocks)
  const directory = join(await t.tmp(), 'store')
  const store = await openStore(directory, { purpose: 'test', blockFiles: true })
  const part = connect(t, source, store)
  const core = await download(store, volume)
  const alike = async (of: Hypercore) => {
    for (const [i, block] of blocks.entries()) t.ok((await of.get(i, { wait: false }))?.equals(block))
    t.ok(await auditCore(of))
  }
  await alike(core)
  const snapshot = core.session({ snapshot: true })
  await snapshot.ready()
  t.ok((await snapshot.get(2, { wait: false }))?.equals(blocks[2]!), 'a snapshot reads it too')
  t.ok((await stat(join(blockFolder(directory), await onlyFile(directory)))).size > 3 * MiB)
  part()
  await closeStore(store, directory)

  const again = await openStore(directory, { purpose: 'test', blockFiles: true })
  t.teardown(() => closeStore(again, directory), { order: 20 })
  const same = again.get({ key: volume.key })
  await same.ready()
  await alike(same)
  const reader = await newStore(t)
  connect(t, again, reader)
  await alike(await download(reader, volume))
})

test('a block that the disk has lost or changed is forgotten, and can be fetched again', async (t) => {
  const source = await newStore(t)
  const volume = await sealBlocks(
    source,
    Array.from({ length: 6 }, () => randomBytes(50_000))
  )
  const directory = join(await t.tmp(), 'store')
  const store = await openStore(directory, { purpose: 'test', blockFiles: true })
  t.teardown(() => closeStore(store, directory), { order: 20 })
  connect(t, source, store)
  const core = await download(store, volume)
  t.ok(await auditCore(core))
  const path = join(blockFolder(directory), await onlyFile(directory))
  const file = await open(path, 'r+')
  await file.write(Buffer.from([0, 1, 2, 3]), 0, 4, 100)
  await file.truncate((await file.stat()).size - 4096)
  await file.close()
  t.absent(await auditCore(core), 'the audit sees it')

  const found = await Promise.all([0, 1, 2, 3, 4, 5].map((i) => soundBlock(core, i)))
  const lost = found.flatMap((block, i) => (block ? [] : [i]))
  t.is(lost.length, 2, `blocks ${lost.join(' and ')}`)
  for (const i of lost) t.absent(await core.has(i))
  for (const i of lost) t.ok((await core.get(i))?.equals((await volume.get(i))!), 'fetched again')
  await core.download({ start: 0, end: 6 }).done()
  t.ok(await auditCore(core))
})

test('what an erased core had on the disk is given back, and what others have stays', async (t) => {
  const source = await newStore(t)
  const volumes = [await sealBlocks(source, [randomBytes(MiB)]), await sealBlocks(source, [randomBytes(MiB)])]
  const directory = join(await t.tmp(), 'store')
  const store = await openStore(directory, { purpose: 'test', blockFiles: true })
  t.teardown(() => closeStore(store, directory), { order: 20 })
  const part = connect(t, source, store)
  const [gone, kept] = [await download(store, volumes[0]!), await download(store, volumes[1]!)]
  const names = await readdir(blockFolder(directory))
  t.is(names.length, 2)
  await writeFile(join(blockFolder(directory), 'notes.txt'), 'somebody’s')
  await eraseCore(store, gone)
  await sweepBlocks(store.storage)
  const left = await readdir(blockFolder(directory))
  t.is(left.length, 2, 'a file that is not ours is none of our business')
  t.ok(await soundBlock(kept, 0))
  part()
  connect(t, source, store)
  t.ok(await soundBlock(await download(store, volumes[0]!), 0), 'it can come again')
})

async function inMemory(t: Assert): Promise<string> {
  const folder = await mkdtemp(join(MEMORY, 'vdata-'))
  t.teardown(() => rm(folder, { recursive: true }))
  return folder
}

async function newStorage(t: Assert, directory: string, folder: string): Promise<CoreStorage> {
  await mkdir(directory, { recursive: true })
  const storage = new CoreStorage(join(directory, 'db'))
  divertBlocks(storage, folder)
  t.teardown(async () => {
    await storage.close()
    await closeBlocks(storage)
  })
  return storage
}

async function download(store: Corestore, volume: Hypercore): Promise<Hypercore> {
  const core = store.get({ key: volume.key })
  await core.ready()
  await core.download({ start: 0, end: volume.length }).done()
  return core
}

async function onlyFile(directory: string): Promise<string> {
  const [name, ...others] = await readdir(blockFolder(directory))
  if (name === undefined || others.length > 0) throw new Error('Not one file')
  return name
}
