import type { CommandModule } from './context.js'

/** A command as data: its module is loaded only when it is called, or its own help is asked for. */
export interface Entry {
  readonly name: string
  /** One line, shown in `vdata --help`. */
  readonly summary: string
  readonly group: Group
  readonly load: () => Promise<CommandModule>
}

export type Group = 'Data' | 'Network' | 'This computer'

/** Every command, in the order in which `vdata --help` lists them. */
export const REGISTRY: readonly Entry[] = [
  {
    name: 'check',
    group: 'Data',
    summary: 'check records as a moderator will',
    load: () => import('./commands/check.js')
  },
  {
    name: 'config',
    group: 'This computer',
    summary: 'read and change settings',
    load: () => import('./commands/config.js')
  },
  {
    name: 'completion',
    group: 'This computer',
    summary: 'let the shell complete commands and options',
    load: () => import('./commands/completion.js')
  }
]
