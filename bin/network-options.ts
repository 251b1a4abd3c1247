import { isIP } from 'node:net'
import type { Command } from 'commander'
import { VdataError, type Failure } from '../lib/errors.js'
import { parseBootstrap, type Address } from './addresses.js'
import type { Context } from './context.js'
import { readSettings } from './settings.js'

/** What `networkOptions` adds to a command's options. */
export interface NetworkOptions {
  bootstrap?: string
  host?: string
}

/** How a node enters the network. */
export interface NetworkPlace {
  /** Null: through the public DHT. */
  bootstrap: Address[] | null
  /** The address to bind; undefined: all. */
  host: string | undefined
}

/** The options of every command that uses the network. */
export function networkOptions(command: Command): Command {
  return command
    .option('--bootstrap <host:port,…>', "enter the network through these nodes; 'public': the public DHT")
    .option('--host <address>', 'bind this address, instead of all')
}

/** The option, else the environment ($VDATA_BOOTSTRAP, $VDATA_HOST), else the setting, else the public DHT on all addresses. */
export function resolveNetwork({ env, home }: Pick<Context, 'env' | 'home'>, options: NetworkOptions): NetworkPlace {
  const settings = readSettings(home)
  const bootstrap = first(
    [options.bootstrap, '--bootstrap', 'usage'],
    [env.VDATA_BOOTSTRAP, '$VDATA_BOOTSTRAP', 'config'],
    [settings.bootstrap, 'bootstrap', 'config']
  )
  const host = first(
    [options.host, '--host', 'usage'],
    [env.VDATA_HOST, '$VDATA_HOST', 'config'],
    [settings.host, 'host', 'config']
  )
  if (host && isIP(host.value) === 0) {
    const message = `${host.source} must be an IP address, not '${host.value}'.`
    throw new VdataError(host.failure, 'HOST_INVALID', message, 'For example 127.0.0.1.')
  }
  return { bootstrap: addressesOf(bootstrap), host: host?.value }
}

interface Given {
  value: string
  source: string
  failure: Failure
}

function first(...sources: [value: string | undefined, source: string, failure: Failure][]): Given | undefined {
  for (const [value, source, failure] of sources) if (value) return { value, source, failure }
  return undefined
}

function addressesOf(given: Given | undefined): Address[] | null {
  if (!given || given.value === 'public') return null
  const addresses = parseBootstrap(given.value)
  if (addresses) return addresses
  throw new VdataError(
    given.failure,
    'BOOTSTRAP_INVALID',
    `${given.source} must be host:port, several of them separated by commas, not '${given.value}'.`,
    'For example 127.0.0.1:49737.'
  )
}
