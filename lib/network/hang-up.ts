/** What a peer did: sent what cannot be read, or took nothing of what it asked for. */
export type Nuisance = 'garbage' | 'deaf'

/** Ends a connection, and says why: the node tells it (event `hungup`). */
export class HangUp extends Error {
  readonly why: Nuisance

  constructor(why: Nuisance) {
    super(why === 'garbage' ? 'The peer sent what cannot be read' : 'The peer takes nothing of what it asked for')
    this.why = why
  }
}
