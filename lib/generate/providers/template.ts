import type { Provider } from './interface.js'

/** The embedded provider: a recipe's own templates are the answers. Needs no key, no network and no money. */
export function embedded(): Provider {
  return {
    name: 'template',
    address: '',
    terms: undefined,
    defaults: {},
    send: async ({ answer }) => ({ raw: answer ?? '', limits: {} }),
    read: (raw) => ({ text: raw, finish: 'stop', usage: { input: null, output: null } }),
    models: async () => []
  }
}
