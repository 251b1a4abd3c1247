import type { Readable, Writable } from 'node:stream'
import { clean } from './text.js'

/** Where questions are asked: always on stderr, because stdout belongs to the data. */
export interface Terminal {
  input: Readable
  output: Writable
  signal: AbortSignal
  /** Ctrl-C in a question: the terminal is in raw mode, and no signal comes. */
  cancel(): void
}

export async function confirm(terminal: Terminal, question: string, initial: boolean): Promise<boolean> {
  const clack = await import('@clack/prompts')
  const answer = await clack.confirm({ ...streams(terminal), message: clean(question), initialValue: initial })
  return clack.isCancel(answer) ? cancelled(terminal) : answer
}

export async function choose<T extends string>(
  terminal: Terminal,
  question: string,
  options: { value: T; label: string }[],
  initial: T
): Promise<T> {
  const clack = await import('@clack/prompts')
  const answer = await clack.select<string>({
    ...streams(terminal),
    message: clean(question),
    options: options.map(({ value, label }) => ({ value, label: clean(label) })),
    initialValue: initial
  })
  if (clack.isCancel(answer)) return cancelled(terminal)
  return options.find(({ value }) => value === answer)?.value ?? initial
}

export async function press<T extends string>(
  terminal: Terminal,
  question: string,
  keys: { value: T; label: string }[],
  initial: T
): Promise<T> {
  const clack = await import('@clack/prompts')
  const answer = await clack.selectKey<string>({
    ...streams(terminal),
    message: clean(question),
    options: keys.map(({ value, label }) => ({ value, label: clean(label) })),
    initialValue: initial
  })
  if (clack.isCancel(answer)) return cancelled(terminal)
  return keys.find(({ value }) => value === answer)?.value ?? initial
}

export async function ask(terminal: Terminal, question: string, initial: string): Promise<string> {
  const clack = await import('@clack/prompts')
  const answer = await clack.text({
    ...streams(terminal),
    message: clean(question),
    placeholder: initial,
    defaultValue: initial
  })
  return clack.isCancel(answer) ? cancelled(terminal) : answer
}

function streams({ input, output, signal }: Terminal): { input: Readable; output: Writable; signal: AbortSignal } {
  return { input, output, signal }
}

function cancelled(terminal: Terminal): never {
  // A signal from elsewhere ends a question too, and must not count twice.
  if (!terminal.signal.aborted) terminal.cancel()
  terminal.signal.throwIfAborted()
  throw new Error('a cancelled question did not abort the command')
}
