import { VdataError } from '../errors.js'

export function throwIfInterrupted(signal: AbortSignal | undefined): void {
  if (signal?.aborted)
    throw new VdataError('interrupted', 'INTERRUPTED', 'It was interrupted.', '', { cause: signal.reason })
}
