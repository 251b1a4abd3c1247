/** Full jitter: anything from nothing to `first`, then to twice that and so on up to `longest` milliseconds. */
export function backoff(attempt: number, first: number, longest: number, random = Math.random): number {
  return random() * Math.min(longest, first * 2 ** (attempt - 1))
}

/** Waits; ends early, with what the signal was aborted with, when it is. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, ms)
    if (signal.aborted) return stop()
    signal.addEventListener('abort', stop, { once: true })
  })
}
