import { DatasetSession, type SessionOptions } from '../lib/dataset/session.js'
import type { Context } from './context.js'
import { resolveNetwork, type NetworkOptions } from './network-options.js'
import { tellHolder } from './wait.js'

export interface Opening extends NetworkOptions {
  /** Seconds to look for peers. */
  timeout?: number
}

/** Opens a dataset to read its index, with the command's network, and says for whom it waits; the caller closes it. */
export function openDataset(
  context: Context,
  link: string,
  purpose: string,
  { timeout, ...options }: Opening,
  more: Pick<SessionOptions, 'onNode'> = {}
): Promise<DatasetSession> {
  const { home, signal } = context
  return DatasetSession.open({
    home,
    link,
    network: resolveNetwork(context, options),
    purpose,
    ...(timeout !== undefined && { timeout: timeout * 1000 }),
    signal,
    ...more,
    onEvent: (event) => {
      if (event.event === 'waiting') tellHolder(context)(event.holder)
    }
  })
}
