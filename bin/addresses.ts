/** Where a process can be reached. */
export interface Address {
  host: string
  port: number
}

/** `host:port,…` as addresses, `[::1]:49737` included; undefined where that is not what the text is. */
export function parseBootstrap(text: string): Address[] | undefined {
  const addresses = text.split(',').map((each) => parseAddress(each.trim()))
  return addresses.every((address) => address !== undefined) ? addresses : undefined
}

function parseAddress(text: string): Address | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^\s:[\]/@]+)):(\d{1,5})$/i.exec(text)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  return host !== undefined && port > 0 && port < 65536 ? { host, port } : undefined
}
