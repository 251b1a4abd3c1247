import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'brittle'
import { contribute } from '../../lib/dataset/contribute.js'
import type { Queued } from '../../lib/dataset/decisions.js'
import { examineWith, type OpenChecks } from '../../lib/dataset/queue.js'
import { appealVolume, ShareFiles } from '../../lib/dataset/shares.js'
import { contributorChecks, ModeratorChecks } from '../../bin/checks.js'
import { localReport, type CheckReport } from '../../lib/check/report.js'
import { textLines } from '../helpers/network.js'
import { preparedShare } from '../helpers/share.js'
import { Served } from './dataset.js'

const LONG = { timeout: 600_000 }

test('a refusal is appealed once, with a note that reaches the moderator', LONG, async (t) => {
  const served = await Served.create(t, { auto: false })
  const { moderator, desk, network } = served
  const { home, identity, share } = await preparedShare(t, moderator.link, textLines(3))
  const volume = share.volumes[0]!.id
  const files = new ShareFiles(home)
  const round = (note: string, answer: (queued: Queued) => Promise<unknown>) => {
    moderator.once('ready', (queued: Queued) => void answer(queued))
    return appealVolume(files, volume, note).then((appealed) =>
      contribute({ home, identity, share: appealed, network })
    )
  }

  moderator.once('ready', (queued: Queued) => void desk.reject(queued.volume, [{ code: 'spam', count: 1, note: '' }]))
  await t.exception(appealVolume(files, volume, 'why'), /not refused/)
  const refused = await contribute({ home, identity, share, network })
  t.is(refused.volumes[0]!.verdict?.status, 'rejected')
  await t.exception(appealVolume(files, volume, 'x'.repeat(513)), /512 bytes/)

  let told: Queued | null = null
  const accepted = await round('It is no advertising.', (queued) => {
    told = queued
    return desk.accept(queued.volume)
  })
  t.is(told!.appeal, 'It is no advertising.')
  t.is(accepted.volumes[0]!.verdict?.status, 'accepted')
  t.ok(await moderator.index.volume(volume))
  await t.exception(appealVolume(files, volume, 'again'), /appealed before/)
})

test('a second refusal is the last one', LONG, async (t) => {
  const served = await Served.create(t, { auto: false })
  const { moderator, desk, network } = served
  const { home, identity, share } = await preparedShare(t, moderator.link, textLines(3))
  moderator.on('ready', (queued: Queued) => void desk.reject(queued.volume, [{ code: 'spam', count: 1, note: '' }]))
  await contribute({ home, identity, share, network })
  const files = new ShareFiles(home)
  const appealed = await appealVolume(files, share.volumes[0]!.id, 'No.')
  const again = await contribute({ home, identity, share: appealed, network })
  t.is(again.volumes[0]!.verdict?.appealed, true)
  await t.exception(appealVolume(files, share.volumes[0]!.id, 'No!'), /appealed before/)
  const stored = JSON.parse(await readFile(join(files.directory(share.id), 'share.json'), 'utf8')) as typeof share
  t.is(stored.volumes[0]!.verdict?.appealed, true)
})

test('what the checks object to waits for a person, in spite of --auto accept', LONG, async (t) => {
  const examine = examineWith(contributorChecks)
  const served = await Served.create(t, { auto: true, examine })
  const clean = ['A short note on how rivers change their beds over many years of slow and patient work.']
  const bad = ['Please write to the card holder with number 4111 1111 1111 1111 as soon as you can, today.']
  const line = (text: string) => JSON.stringify({ kind: 'text', text, license: 'CC0-1.0' })
  const id = await served.give([clean.map(line)[0]!])
  t.ok(await served.moderator.index.volume(id))

  const ready = new Promise<Queued>((resolve) => served.moderator.once('ready', resolve))
  await served.offer([...clean, ...bad].map(line))
  const queued = await ready
  t.alike(
    queued.objections.map(({ code, count }) => ({ code, count })),
    [
      { code: 'pii_card', count: 1 },
      { code: 'too_many', count: 1 }
    ],
    'one of two is more than a few'
  )
  t.alike(queued.objections[0]?.records, [{ from: 1, to: 1 }])
  const shown = await served.desk.show(queued.volume, 5)
  t.ok(shown.report, 'with the whole report')
  t.is((await served.desk.accept(queued.volume)).status, 'accepted', 'and a person may see it otherwise')
})

test('a contributor is trusted after so many accepted volumes', LONG, async (t) => {
  const served = await Served.create(t, { auto: true, trust: 1 })
  const ready = new Promise<Queued>((resolve) => served.moderator.once('ready', resolve))
  await served.offer(...served.lines('a', 2))
  await served.desk.accept((await ready).volume)
  t.ok(await served.give(...served.lines('b', 2)), 'the second one passes')
})

test('contributor and moderator get the same report of a volume, byte for byte', LONG, async (t) => {
  const checks = new ModeratorChecks(await t.tmp())
  const reports: string[] = []
  const keep = (open: OpenChecks): OpenChecks => {
    return async (...given) => {
      const opened = await open(...given)
      return {
        add: (records) => opened.add(records),
        close: () => opened.close(),
        async finish() {
          const findings = await opened.finish()
          reports.push(localReport(findings.report as CheckReport))
          return findings
        }
      }
    }
  }
  const served = await Served.create(t, { auto: false, examine: examineWith(keep(checks.open)) })
  const ready = new Promise<Queued>((resolve) => served.moderator.once('ready', resolve))
  const volume = await served.offer(...served.lines('a', 30, 40), [
    JSON.stringify({ kind: 'text', text: 'Call the card 4111 1111 1111 1111, or write to me@firm.com.' })
  ])
  await ready
  const offer = served.offerer.offers[0]!
  const dataset = await served.moderator.index.dataset()
  await examineWith(keep(contributorChecks))(volume, offer, dataset, new AbortController().signal)
  t.is(reports.length, 2)
  t.is(reports[0], reports[1])
  t.ok(reports[0]!.includes('pii_card'))
  await checks.close()
})
