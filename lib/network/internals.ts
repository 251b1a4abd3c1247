import type Corestore from 'corestore'
import type Hypercore from 'hypercore'
import type DHT from 'hyperdht'
import messages from 'hypercore/lib/messages.js'

// What vdata relies on and hypercore does not promise stands here, and in internals-disk.ts and diverted.ts what is about the
// disk, each with a test that fails when upstream changes.

/**
 * Forbids forks on every core of a store, those too that a peer asks for first. Without it a writer can truncate what was
 * replicated, and any peer can cut off a static core by announcing a higher fork number. Call it before the store replicates.
 */
export function forbidForks(store: Corestore): void {
  store.watch((core) => {
    core.replicator.allowFork = false
  })
}

/**
 * Keeps a core open while somebody is served from it. Corestore 7.11 closes a core some seconds after its last session is
 * gone and nobody replicates it, and forgets to take that back where a peer comes on a connection that the core was attached
 * to already: the peer's channel is then closed in the midst of a download, for good.
 */
export function keepServed(store: Corestore): void {
  store.watch((core) => {
    const { replicator } = core
    const addPeer = replicator._addPeer
    replicator._addPeer = function (peer) {
      store.cores.resume(core.discoveryKey.toString('hex'))
      addPeer.call(replicator, peer)
    }
  })
}

/**
 * Asks every connection again for a core of which the other side closed the channel, for example because it closed the core:
 * hypercore itself does so only where both had agreed that nothing was wanted.
 */
export function reopenChannels({ core: { replicator } }: Hypercore): void {
  // Who had nothing of it when the channel was opened may have it now, and upstream does not always tell.
  for (const peer of replicator.peers.filter((each) => each.remoteLength === 0)) peer.channel.close()
  for (const mux of replicator._attached) if (mux.stream.handshakeHash) replicator._makePeer(mux)
}

/** Bytes that wait in the kernel until they are read. Upstream asks for 1 MiB, which at 80 MB/s is 13 ms. */
const RECEIVE_BUFFER = 4 * 1024 * 1024

/**
 * Gives a DHT's sockets room for what comes while the process is busy with something else: what finds none is dropped, and
 * sent again. Where the system allows less, it gives what it allows. Call it before the DHT binds its sockets.
 */
export function enlargeReceiveBuffers({ udx }: DHT): void {
  const createSocket = udx.createSocket.bind(udx)
  udx.createSocket = (options) => {
    const socket = createSocket(options)
    socket.once('listening', () => {
      try {
        socket.setRecvBufferSize(RECEIVE_BUFFER)
      } catch {
        // It keeps the one it has.
      }
    })
    return socket
  }
}

/** No core here has more blocks: volumes have far fewer, and an index of this length would list millions of them. */
const MAX_BLOCKS = 2 ** 24

/**
 * Hypercore 11 reserves memory for every block that a peer claims to have or to want, however many: a message of ten bytes
 * that claims 2^40 blocks would keep a process busy until it is out of memory. This makes it an error that ends the connection.
 */
for (const type of ['range', 'want', 'unwant', 'bitfield', 'sync'] as const) {
  const encoding = messages.wire[type]
  const decode = encoding.decode.bind(encoding)
  encoding.decode = (state) => {
    const message = decode(state)
    if ((message.start ?? 0) + (message.length ?? 0) > MAX_BLOCKS) throw new Error('More blocks than a core may have')
    return message
  }
}

/** Blocks in flight per peer. Hypercore's own minimum of 16 starves small blocks on a link with a round trip. */
export function setInflight(core: Hypercore, range: [min: number, max: number]): void {
  core.core.replicator.setInflightRange(range)
}

/** Rounds of two seconds for which corestore keeps a core that nobody uses: it closes it in the fourth. */
const LAST_ROUND = 3

/**
 * Closes a session of a static core, and the core soon after it. From peers who have all of it as we do it parts: there is
 * nothing left to say. Left to itself, hypercore keeps such a channel, and with it the core, for as long as the other side
 * has a session of it open, and for 20 to 40 seconds otherwise, and corestore another eight: of whoever fetches hundreds of
 * small ones a second that is half a gigabyte of memory.
 */
export async function letGo(core: Hypercore): Promise<void> {
  const { core: shared, length, contiguousLength } = core
  if (length > 0 && contiguousLength === length) {
    // Before it is closed: whoever hears first that we want nothing more takes the end for an invitation to ask.
    for (const peer of shared.replicator.peers.filter((each) => each.remoteContiguousLength === length)) {
      peer.channel.close()
    }
  }
  await core.close()
  if (shared.gc > 0) shared.gc = LAST_ROUND
}

/**
 * Fills a static core from another core that holds the same blocks, without the network.
 * Wrong above 32,768 blocks in hypercore 11.37.1, which is why a volume has fewer.
 */
export async function copyStatic(from: Hypercore, to: Hypercore): Promise<void> {
  const { replicator } = to.core
  await to.core.copyPrologue(from.core.state)
  // Upstream tells nobody: a peer who had opened the core while it was empty would wait for ever.
  replicator.onupgrade()
  replicator.onhave(0, to.core.state.length, false)
}

/** What stands between the requests of peers and what a store serves them. */
export interface RequestGate {
  /**
   * Asked for each block that a peer wants, of about so many bytes. True lets it pass at once; a promise holds it back
   * until it resolves, and drops it where that is false. `wanted` says whether the peer still wants it.
   */
  admit(bytes: number, mux: Hypercore.Mux, wanted: () => boolean): true | Promise<boolean>
  /** A request that was admitted has been dealt with, or is no longer wanted. */
  finished(bytes: number, mux: Hypercore.Mux): void
  /** A block went out; `expected` is what `admit` was asked for. */
  served(bytes: number, expected: number, key: Buffer): void
}

/**
 * Puts a gate before every block that a store serves. Hypercore has no limit of its own, and holding back the stream would
 * hold back what is small and urgent too; here only blocks wait, unread, and what was cancelled meanwhile is never read.
 */
export function gateRequests(store: Corestore, gate: RequestGate): void {
  store.watch((core) => {
    const { replicator } = core
    const addPeer = replicator._addPeer
    const onupload = replicator._onupload
    replicator._addPeer = function (peer) {
      gatePeer(core, peer, gate)
      addPeer.call(replicator, peer)
    }
    replicator._onupload = function (index, bytes, from) {
      gate.served(bytes, meanBlock(core), core.key)
      onupload.call(replicator, index, bytes, from)
    }
  })
}

function gatePeer(core: Hypercore.SharedCore, peer: Hypercore.ReplicatorPeer, gate: RequestGate): void {
  const waiting = new Map<number, Hypercore.Request>()
  const { onrequest, oncancel } = peer
  peer.onrequest = (request) => {
    if (!request.block) return onrequest.call(peer, request)
    const wanted = () => waiting.get(request.id) === request && !peer.removed
    waiting.set(request.id, request)
    const { protomux } = peer
    const bytes = meanBlock(core)
    const serve = async () => {
      try {
        if (waiting.get(request.id) === request) waiting.delete(request.id)
        await onrequest.call(peer, request)
      } finally {
        gate.finished(bytes, protomux)
      }
    }
    const admitted = gate.admit(bytes, protomux, wanted)
    if (admitted === true) return serve()
    // No promise goes back: protomux would hold everything that this peer is sent until it resolves.
    void admitted
      .then((granted) => {
        if (granted && wanted()) return serve()
        if (waiting.get(request.id) === request) waiting.delete(request.id)
        return granted ? gate.finished(bytes, protomux) : undefined
      })
      .catch(() => protomux.stream.destroy())
    return undefined
  }
  peer.oncancel = (cancel) => {
    waiting.delete(cancel.request)
    return oncancel.call(peer, cancel)
  }
}

function meanBlock({ state }: Hypercore.SharedCore): number {
  return state.length > 0 ? Math.ceil(state.byteLength / state.length) : 0
}
