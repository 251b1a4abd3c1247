import { setMaxListeners } from 'node:events'
import process from 'node:process'
import { VdataError } from '../lib/errors.js'
import { EXIT_CODES } from './exit-codes.js'

// A node closes its swarm and stores well within this; whatever hangs longer is not worth waiting for, because
// everything on disk can bear being killed.
const DEADLINE = 4500

/** What stops a command: Ctrl-C, SIGTERM, SIGHUP, or a reader of stdout that went away. */
export interface Stop {
  readonly signal: AbortSignal
  /** Whether a person or the system asked the process to end. */
  readonly interrupted: boolean
  /** The same as Ctrl-C, for a terminal in raw mode, where Ctrl-C is only a key. */
  interrupt(): void
  /** Ends what runs, without the user having asked for it. */
  abort(reason: unknown): void
  /** There is no deadline after the first signal. */
  patient(): void
}

/** The first signal aborts, and the command ends in an orderly manner; the second one ends the process at once. */
export function listenForSignals(onFirst: () => void): Stop {
  const controller = new AbortController()
  // Everything that a command does at once listens to it.
  setMaxListeners(0, controller.signal)
  let interrupted = false
  let deadline = true

  function interrupt(): void {
    if (interrupted) process.exit(EXIT_CODES.interrupted)
    interrupted = true
    onFirst()
    if (deadline) setTimeout(() => process.exit(EXIT_CODES.interrupted), DEADLINE).unref()
    controller.abort(new VdataError('interrupted', 'INTERRUPTED', 'Interrupted.'))
  }
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, interrupt)

  return {
    signal: controller.signal,
    get interrupted() {
      return interrupted
    },
    interrupt,
    abort: (reason) => controller.abort(reason),
    patient() {
      deadline = false
    }
  }
}
