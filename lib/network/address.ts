import { VdataError } from '../errors.js'

export interface Address {
  host: string
  port: number
}

/** Reads `host:port,host:port`. */
export function parseAddresses(text: string): Address[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(parseAddress)
}

function parseAddress(text: string): Address {
  const colon = text.lastIndexOf(':')
  const host = text.slice(0, colon)
  const port = Number(text.slice(colon + 1))
  if (colon < 1 || !/^[\w.-]+$/.test(host) || !Number.isInteger(port) || port < 1 || port > 65535) {
    throw new VdataError(
      'usage',
      'BAD_ADDRESS',
      `"${text}" is not the address of a bootstrap node.`,
      'Write host:port, several separated by commas, such as 127.0.0.1:49737.'
    )
  }
  return { host, port }
}

export function formatAddress({ host, port }: Address): string {
  return `${host}:${port}`
}
