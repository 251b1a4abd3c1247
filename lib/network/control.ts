import { createHash } from 'node:crypto'
import { chmod, lstat, mkdir, rm } from 'node:fs/promises'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { codeOf, messageOf, VdataError, type Failure } from '../errors.js'

/** A request or an answer is one line of JSON; no line is longer. */
const MAX_LINE = 16 * 1024 * 1024
/** Longest path of a Unix socket that every platform takes. */
const MAX_PATH = 100

export type ControlMethods = { [method: string]: (params: unknown) => unknown }

const requestLine = z.object({ id: z.number(), method: z.string(), params: z.unknown().optional() })

const failureSchema = z.enum([
  'error',
  'usage',
  'config',
  'network',
  'verification',
  'budget',
  'unfinished',
  'refused',
  'interrupted'
] satisfies Failure[])

const replyLine = z.object({
  id: z.number(),
  result: z.unknown().optional(),
  error: z.object({ failure: failureSchema, code: z.string(), message: z.string(), advice: z.string() }).optional()
})
type Reply = z.infer<typeof replyLine>

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
    if (process.platform !== 'win32') {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      if (!(await isOurs(path))) throw notOurs(path)
      await chmod(dirname(path), 0o700)
      // Whoever calls this holds the role's store: a socket file that is still there was left by a process that was killed.
      await rm(path, { force: true })
    }
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
      const request = requestLine.parse(parseLine(line))
      id = request.id
      const method = Object.hasOwn(methods, request.method) ? methods[request.method] : undefined
      if (!method) throw new VdataError('error', 'NO_METHOD', 'The running process does not know this request.')
      reply = { id, result: (await method(request.params)) ?? null }
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
  if (!(await isOurs(path))) return undefined
  const socket = await connect(path)
  if (!socket) return undefined
  try {
    const reply = await new Promise<Reply>((resolve, reject) => {
      readLines(socket, (line) => {
        try {
          resolve(replyLine.parse(parseLine(line)))
        } catch (cause) {
          reject(unclear(cause))
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

/**
 * Whether the folder of a socket belongs to this user. The temporary folder is everyone's: a socket under a name that can
 * be guessed may be somebody else's trap. False also where there is none.
 */
async function isOurs(path: string): Promise<boolean> {
  if (process.platform === 'win32') return true
  try {
    const folder = await lstat(dirname(path))
    return folder.isDirectory() && folder.uid === process.getuid!()
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}

function readLines(socket: Socket, online: (line: string) => void): void {
  let parts: string[] = []
  let length = 0
  socket.setEncoding('utf8')
  socket.on('data', (data: string) => {
    const lines = data.split('\n')
    const rest = lines.pop()!
    for (const line of lines) {
      online(parts.join('') + line)
      parts = []
      length = 0
    }
    parts.push(rest)
    length += rest.length
    if (length > MAX_LINE) socket.destroy(new Error('Line too long'))
  })
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function toReply(error: unknown): NonNullable<Reply['error']> {
  if (error instanceof VdataError) {
    const { failure, code, message, advice } = error
    return { failure, code, message, advice }
  }
  const code = error instanceof z.ZodError ? 'BAD_REQUEST' : 'INTERNAL'
  const message = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error)
  return { failure: 'error', code, message, advice: '' }
}

function unclear(cause: unknown): VdataError {
  return new VdataError(
    'error',
    'CONTROL_UNCLEAR',
    'The running process answered in a way that this version does not understand.',
    'Stop it and start it again, so that both are of the same version.',
    { cause }
  )
}

function notOurs(path: string): VdataError {
  return new VdataError(
    'config',
    'SOCKET_FOLDER',
    `The folder ${dirname(path)} belongs to somebody else.`,
    'Choose a shorter path as $VDATA_HOME, so that the socket can be inside it.'
  )
}
