import type Hyperswarm from 'hyperswarm'

export interface TopicMode {
  /** Be found under the topic. */
  server: boolean
  /** Look for others under it. */
  client: boolean
}

const FIRST_LOOKUP = 1_000
/** Whoever looks as often as that is in a hurry already. */
const SOON = 8_000
const LAST_LOOKUP_ALONE = 30_000
const LAST_LOOKUP = 5 * 60_000

/**
 * A topic that a node is in. Hyperswarm looks again only every ten minutes, so two nodes that start together can miss each
 * other for as long: this one looks again soon, and less and less often while it has company.
 *
 * A node that is found under the topic first announces itself and looks for others a random moment later: where two dial
 * each other at the same time, hyperswarm drops one of the calls, and its caller may not learn of it for many seconds.
 */
export class Topic {
  private readonly swarm: Hyperswarm
  private readonly discovery: Hyperswarm.Discovery
  private readonly mode: TopicMode
  private timer: NodeJS.Timeout | null = null
  private delay = FIRST_LOOKUP
  private stopped = false

  constructor(swarm: Hyperswarm, key: Buffer, mode: TopicMode) {
    this.swarm = swarm
    this.mode = mode
    this.discovery = swarm.join(key, { server: mode.server, client: mode.client && !mode.server })
    swarm.on('connection', this.onconnection)
    this.schedule()
  }

  /** Resolves when the first announcement or look-up went through. */
  async searched(): Promise<void> {
    await this.discovery.flushed()
  }

  /** Looks again soon: the company that there is lacks what is wanted. */
  hurry(): void {
    if (this.delay <= SOON) return
    this.delay = FIRST_LOOKUP
    this.schedule()
  }

  stop(): void {
    this.stopped = true
    this.swarm.off('connection', this.onconnection)
    if (this.timer) clearTimeout(this.timer)
  }

  private readonly onconnection = (connection: Hyperswarm.Connection) => {
    connection.once('close', () => {
      if (this.swarm.connections.size > 0) return
      this.delay = FIRST_LOOKUP
      this.schedule()
    })
  }

  private schedule(): void {
    if (this.stopped) return
    if (this.timer) clearTimeout(this.timer)
    this.timer = setTimeout(() => {
      this.discovery.refresh(this.mode).catch(noop)
      const most = this.swarm.connections.size === 0 ? LAST_LOOKUP_ALONE : LAST_LOOKUP
      this.delay = Math.min(this.delay * 2, most)
      this.schedule()
    }, jitter(this.delay))
    this.timer.unref()
  }
}

/** Anything from a tenth of the delay to all of it. */
function jitter(delay: number): number {
  return delay * (0.1 + 0.9 * Math.random())
}

function noop(): void {}
