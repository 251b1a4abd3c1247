import type { WriteStream } from 'node:tty'

/** Whether a stream is to be coloured: https://no-color.org, and FORCE_COLOR for who knows better. */
export function wantsColor(
  stream: Pick<WriteStream, 'isTTY'>,
  flag: boolean,
  env: NodeJS.ProcessEnv = process.env
): boolean {
  if (!flag || env.NO_COLOR) return false
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false'
  return stream.isTTY && env.TERM !== 'dumb'
}
