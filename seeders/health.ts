import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Metrics } from './metrics.js'
import type { Seeder } from './seeder.js'

/** `GET /health` and `GET /metrics` on this computer's loopback address: nobody else gets to see them. */
export class HealthServer {
  readonly url: string
  private readonly server: Server

  private constructor(server: Server) {
    this.server = server
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  /** @param port 0 takes a free one */
  static async listen(seeder: Seeder, port: number): Promise<HealthServer> {
    const metrics = new Metrics(seeder)
    const server = createServer((request, response) => {
      const send = (status: number, type: string, body: string) => {
        response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body)
      }
      if (request.method !== 'GET') return send(405, 'text/plain', 'Only GET.\n')
      // A page in a browser must not read it by way of a name that it had resolve to 127.0.0.1.
      if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(request.headers.host ?? '')) {
        return send(403, 'text/plain', 'Not for this host.\n')
      }
      if (request.url === '/health') {
        const status = seeder.status()
        // Whoever has no peer or no current index does not do its work; a paused one does what it was told.
        const faults = status.datasets.filter(({ fault }) => fault !== null)
        const well = status.state === 'paused' || (status.connections > 0 && faults.length === 0)
        return send(well ? 200 : 503, 'application/json', JSON.stringify({ ok: well, ...status }) + '\n')
      }
      if (request.url === '/metrics') {
        metrics.text().then(
          (text) => send(200, metrics.contentType, text),
          () => send(500, 'text/plain', 'The metrics could not be read.\n')
        )
        return undefined
      }
      return send(404, 'text/plain', 'There is /health and /metrics.\n')
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', resolve)
    })
    return new HealthServer(server)
  }

  async close(): Promise<void> {
    this.server.closeAllConnections()
    await new Promise<void>((resolve) => this.server.close(() => resolve()))
  }
}
