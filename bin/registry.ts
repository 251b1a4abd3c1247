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
    name: 'gen',
    group: 'Data',
    summary: 'generate records from a recipe',
    load: () => import('./commands/gen.js')
  },
  {
    name: 'check',
    group: 'Data',
    summary: 'check records before sharing them',
    load: () => import('./commands/check.js')
  },
  {
    name: 'bias',
    group: 'Data',
    summary: 'measure the bias of data',
    load: () => import('./commands/bias.js')
  },
  {
    name: 'share',
    group: 'Data',
    summary: 'give records to a dataset',
    load: () => import('./commands/share.js')
  },
  {
    name: 'pull',
    group: 'Data',
    summary: 'get a dataset, or the part of it that you need',
    load: () => import('./commands/pull.js')
  },
  {
    name: 'verify',
    group: 'Data',
    summary: 'check that a pulled file is what it was',
    load: () => import('./commands/verify.js')
  },
  {
    name: 'info',
    group: 'Data',
    summary: 'show what a dataset holds',
    load: () => import('./commands/info.js')
  },
  {
    name: 'diff',
    group: 'Data',
    summary: 'show what changed between two releases',
    load: () => import('./commands/diff.js')
  },
  {
    name: 'bench',
    group: 'Data',
    summary: 'measure the bias of a model',
    load: () => import('./commands/bench.js')
  },
  {
    name: 'seed',
    group: 'Network',
    summary: 'keep datasets and serve them, as a volunteer',
    load: () => import('./commands/seed.js')
  },
  {
    name: 'index',
    group: 'Network',
    summary: 'run a dataset as its moderator',
    load: () => import('./commands/index.js')
  },
  {
    name: 'dht',
    group: 'Network',
    summary: 'run a bootstrap node for a private network',
    load: () => import('./commands/dht.js')
  },
  {
    name: 'demo',
    group: 'Network',
    summary: 'watch a whole network do its job on this computer',
    load: () => import('./commands/demo.js')
  },
  {
    name: 'status',
    group: 'This computer',
    summary: 'show what this computer has and does',
    load: () => import('./commands/status.js')
  },
  {
    name: 'cache',
    group: 'This computer',
    summary: 'see and clear what pulls have kept',
    load: () => import('./commands/cache.js')
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
  },
  {
    name: 'donate',
    group: 'This computer',
    summary: 'how to support the people who keep your dataset alive',
    load: () => import('./commands/donate.js')
  }
]
