import type { Command } from 'commander'

/** Adds examples to a command's help: every command has at least one. */
export function examples(command: Command, list: readonly (readonly [call: string, what: string])[]): void {
  const lines = list.flatMap(([call, what]) => [`  # ${what}`, `  $ ${call}`])
  command.addHelpText('after', ['', list.length === 1 ? 'Example:' : 'Examples:', ...lines].join('\n'))
}

/** A command's whole name: `vdata config set`. */
export function pathOf(command: Command): string {
  const names: string[] = []
  for (let each: Command | null = command; each; each = each.parent) names.unshift(each.name())
  return names.join(' ')
}
