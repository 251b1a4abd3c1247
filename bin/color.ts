/** Whether a stream is to be coloured: https://no-color.org, and FORCE_COLOR for who knows better. */
export function wantsColor(
  stream: { readonly isTTY?: boolean },
  flag: boolean,
  env: NodeJS.ProcessEnv = process.env
): boolean {
  if (!flag || env.NO_COLOR) return false
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false'
  return stream.isTTY === true && env.TERM !== 'dumb'
}
