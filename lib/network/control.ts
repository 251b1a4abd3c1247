import { createHash } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { codeOf, messageOf, VdataError, type Failure } from '../errors.js'

/** A request or an answer is one line of JSON; no line is longer. */
const MAX_LINE = 16 * 1024 * 1024
/** Longest path of a Unix socket that every platform takes. */
const MAX_PATH = 100

export type ControlMethods = { [method: string]: (params: unknown) => unknown }

interface Reply {
  id: number
  result?: unknown
  error?: { failure: Failure; code: string; message: string; advice: string }
}

/**
 * Where a long-running command of this home listens: a socket inside the home, or, where that path would be too long for
 * a socket, in the temporary folder under a name that only this home has.
 */
export function controlPath(home: string, role: string): string {
  const inside = join(home, 'run', `${role}.sock`)
  const name = createHash('sha256').update(home).digest('hex').slice(0, 16)
  if (process.platform === 'win32') return `\\\\.\\pipe\\vdata-${name}-${role}`
  return Buffer.byteLength(inside) <= MAX_PATH ? inside : join(tmpdir(), `vdata-${name}`, `${role}.sock`)
}

/** The local socket of a long-running command. Its folder is open to the owner only. */
export class ControlServer {
  private readonly server: Server
  private readonly sockets = new Set<Socket>()

  private constructor(methods: ControlMethods) {
    this.server = createServer((socket) => {
      this.sockets.add(socket)
      socket.on('close', () => this.sockets.delete(socket))
      socket.on('error', () => {})
      readLines(socket, (line) => void this.answer(socket, methods, line))
    })
  }

  static async listen(path: string, methods: ControlMethods): Promise<ControlServer> {
    const control = new ControlServer(methods)
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    // Whoever calls this holds the role's store: a socket file that is still there was left by a process that was killed.
    if (process.platform !== 'win32') await rm(path, { force: true })
    await new Promise<void>((resolve, reject) => {
      control.server.once('error', reject)
      control.server.listen(path, resolve)
    })
    return control
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy()
    await new Promise<void>((resolve) => this.server.close(() => resolve()))
  }

  private async answer(socket: Socket, methods: ControlMethods, line: string): Promise<void> {
    let id = 0
    let reply: Reply
    try {
      const request = JSON.parse(line) as { id?: unknown; method?: unknown; params?: unknown }
      id = typeof request.id === 'number' ? request.id : 0
      const method = typeof request.method === 'string' && Object.hasOwn(methods, request.method) ? request.method : ''
      if (!method) throw new VdataError('error', 'NO_METHOD', 'The running process does not know this request.')
      reply = { id, result: (await methods[method]!(request.params)) ?? null }
    } catch (error) {
      reply = { id, error: toReply(error) }
    }
    if (socket.writable) socket.write(JSON.stringify(reply) + '\n')
  }
}

/**
 * Calls a method of the long-running command of this role.
 *
 * @returns undefined where no such command runs.
 * @throws VdataError as the other side threw it.
 */
export async function callControl<T>(path: string, method: string, params: unknown = {}): Promise<T | undefined> {
  const socket = await connect(path)
  if (!socket) return undefined
  try {
    const reply = await new Promise<Reply>((resolve, reject) => {
      readLines(socket, (line) => {
        try {
          resolve(JSON.parse(line) as Reply)
        } catch (error) {
          reject(error as Error)
        }
      })
      socket.once('error', reject)
      socket.once('close', () =>
        reject(
          new VdataError('error', 'CONTROL_CLOSED', 'The running process ended before it answered.', 'Try once more.')
        )
      )
      socket.write(JSON.stringify({ id: 1, method, params }) + '\n')
    })
    if (!reply.error) return reply.result as T
    const { failure, code, message, advice } = reply.error
    throw new VdataError(failure, code, message, advice)
  } finally {
    socket.destroy()
  }
}

function connect(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path)
    socket.once('connect', () => resolve(socket))
    socket.once('error', (error) => {
      if (['ENOENT', 'ECONNREFUSED'].includes(codeOf(error))) resolve(undefined)
      else reject(error)
    })
  })
}

function readLines(socket: Socket, online: (line: string) => void): void {
  let rest = ''
  socket.setEncoding('utf8')
  socket.on('data', (data: string) => {
    rest += data
    for (let end = rest.indexOf('\n'); end !== -1; end = rest.indexOf('\n')) {
      online(rest.slice(0, end))
      rest = rest.slice(end + 1)
    }
    if (rest.length > MAX_LINE) socket.destroy(new Error('Line too long'))
  })
}

function toReply(error: unknown): NonNullable<Reply['error']> {
  if (error instanceof VdataError) {
    const { failure, code, message, advice } = error
    return { failure, code, message, advice }
  }
  return { failure: 'error', code: 'INTERNAL', message: messageOf(error), advice: '' }
}
