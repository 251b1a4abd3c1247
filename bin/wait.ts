import type { Holder } from '../lib/network/store.js'
import type { Context } from './context.js'

/** Resolves once the user or the system asked the process to end. */
export function whenStopped({ signal }: Context): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

/** Says for whom a command waits that finds its store in use. */
export function tellHolder(context: Context): (holder: Holder | null) => void {
  return (holder) => {
    context.emit({ event: 'waiting', holder })
    const who = holder ? `vdata ${holder.purpose} (process ${holder.pid})` : 'another process'
    context.say(`Waiting for ${who}, which uses the same store.`)
  }
}
