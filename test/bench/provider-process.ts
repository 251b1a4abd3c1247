// A provider server in a process of its own: node provider-process.js <latency ms>. Prints its address, answers until killed.
import { ProviderServer } from '../helpers/provider-server.js'

const latency = Number(process.argv[2] ?? 0)
const server = await ProviderServer.start({ teardown: () => undefined }, { latency, forgetful: true })
process.stdout.write(`${server.url}\n`)
process.stdin.resume()
process.stdin.on('end', () => process.exit(0))
