// Everyone starts at the same moment, again and again: whatever finds its place first, the share ends with its verdict.
import test from 'brittle'
import { contribute } from '../../lib/dataset/contribute.js'
import { Identity } from '../../lib/network/identity.js'
import { Seeder } from '../../seeders/seeder.js'
import { newModerator, privateNetwork, textLines, until } from '../helpers/network.js'
import { preparedShare } from '../helpers/share.js'

const ROUNDS = Number(process.env.VDATA_TEST_ROUNDS ?? 4)

test(`${ROUNDS} times, contributor, moderator and seeder start together`, { timeout: 600_000 }, async (t) => {
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const network = await privateNetwork(t)
    const moderator = await newModerator(t)
    const { home, identity, share } = await preparedShare(t, moderator.link, textLines(100, `${round}`))
    const seederHome = await t.tmp()
    const seederIdentity = await Identity.load(seederHome)
    const started = Date.now()
    const seeding = Seeder.open({ home: seederHome, identity: seederIdentity, links: [moderator.link], network })
    const [done, seeder] = await Promise.all([
      contribute({ home, identity, share, network, verdictWait: 60_000 }),
      seeding,
      moderator.serve(network)
    ])
    t.is(done.volumes[0]?.verdict?.status, 'accepted', `round ${round}`)
    await until(() => seeder.synced && seeder.status().datasets[0]?.complete === 1)
    times.push(Date.now() - started)
    await Promise.all([seeder.close(), moderator.close()])
  }
  t.comment(`milliseconds: ${times.join(' ')}`)
})
