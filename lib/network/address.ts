/** Where a process can be reached over UDP or TCP. */
export interface Address {
  host: string
  port: number
}

export function formatAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
