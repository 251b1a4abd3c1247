import { createReadStream } from 'node:fs'
import { extname } from 'node:path'
import { addAbortSignal, Readable } from 'node:stream'
import { codeOf, messageOf, VdataError } from '../errors.js'
import { quote } from './json-value.js'

/** What a file of records can be. */
export const FORMATS = ['jsonl', 'json', 'csv', 'text'] as const

export type Format = (typeof FORMATS)[number]

/** Bytes that are no file of their own, such as standard input. */
export interface Source {
  /** For messages. */
  name: string
  stream: AsyncIterable<Uint8Array | string>
}

export interface OpenSource {
  name: string
  format: Format
  /** Bytes of a byte order mark that were left out. */
  skipped: number
  chunks: AsyncIterable<Buffer>
}

const READ_BYTES = 256 * 1024
/** So much of blank space is read in search of a file's beginning. */
const SNIFF_BYTES = 4096

const EXTENSIONS: { readonly [extension: string]: Format } = {
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.csv': 'csv',
  '.tsv': 'csv',
  '.txt': 'text',
  '.text': 'text',
  '.md': 'text'
}

/** The first bytes of files that someone may well try. */
const FOREIGN: readonly (readonly [signature: Buffer, what: string])[] = [
  [Buffer.from([0x1f, 0x8b]), 'compressed with gzip'],
  [Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), 'compressed with zstd'],
  [Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a]), 'compressed with xz'],
  [Buffer.from('PK\u0003\u0004'), 'a zip archive'],
  [Buffer.from([0xff, 0xfe]), 'in UTF-16'],
  [Buffer.from([0xfe, 0xff]), 'in UTF-16'],
  [Buffer.from('PAR1'), 'a Parquet file'],
  [Buffer.from('%PDF-'), 'a PDF']
]

const BOM = Buffer.from([0xef, 0xbb, 0xbf])

/** Opens a file or stream and finds out what it is. */
export async function openSource(
  source: string | Source,
  options: { format?: Format; signal?: AbortSignal } = {}
): Promise<OpenSource> {
  const name = typeof source === 'string' ? source : source.name
  const stream = typeof source === 'string' ? createReadStream(source, { highWaterMark: READ_BYTES }) : source.stream
  const chunks = pieces(stream, name, options.signal)
  const ahead: Buffer[] = []
  let head = Buffer.alloc(0)
  try {
    while (head.length < BOM.length || (isBlank(head) && head.length < SNIFF_BYTES)) {
      const next = await chunks.next()
      if (next.done) break
      ahead.push(next.value)
      head = Buffer.concat(ahead)
    }
    const skipped = bomLength(head)
    const format = formatOf(name, head.subarray(skipped), options.format)
    return { name, format, skipped, chunks: rejoin(head.subarray(skipped), chunks) }
  } catch (error) {
    await chunks.return()
    throw error
  }
}

function bomLength(head: Buffer): number {
  return head.subarray(0, BOM.length).equals(BOM) ? BOM.length : 0
}

function isBlank(head: Buffer): boolean {
  return head.toString('latin1', bomLength(head)).trim() === ''
}

/** The stream in pieces of bounded size, with its errors in words. */
async function* pieces(
  stream: AsyncIterable<Uint8Array | string>,
  name: string,
  signal?: AbortSignal
): AsyncGenerator<Buffer, void> {
  // A stream on which nothing comes, such as an idle terminal, must end too.
  if (signal && stream instanceof Readable) addAbortSignal(signal, stream)
  try {
    for await (const data of stream) {
      const bytes =
        typeof data === 'string' ? Buffer.from(data) : Buffer.from(data.buffer, data.byteOffset, data.byteLength)
      for (let at = 0; at < bytes.length; at += READ_BYTES) yield bytes.subarray(at, at + READ_BYTES)
    }
  } catch (error) {
    signal?.throwIfAborted()
    throw readError(error, name)
  }
}

function readError(error: unknown, name: string): VdataError {
  const options = { cause: error }
  if (codeOf(error) === 'ENOENT') {
    return new VdataError('error', 'FILE_NOT_FOUND', `There is no file ${quote(name)}.`, 'Check the path.', options)
  }
  const why = codeOf(error) === 'EISDIR' ? 'it is a folder' : messageOf(error)
  return new VdataError(
    'error',
    'FILE_UNREADABLE',
    `${quote(name)} cannot be read: ${why}.`,
    'Name a file that can be read.',
    options
  )
}

async function* rejoin(head: Buffer, rest: AsyncGenerator<Buffer, void>): AsyncGenerator<Buffer, void> {
  try {
    if (head.length > 0) yield head
    yield* rest
  } finally {
    await rest.return()
  }
}

function formatOf(name: string, head: Buffer, asked?: Format): Format {
  for (const [signature, what] of FOREIGN) {
    if (!head.subarray(0, signature.length).equals(signature)) continue
    throw new VdataError(
      'usage',
      'FORMAT_UNSUPPORTED',
      `${quote(name)} is ${what}, which is not read.`,
      `Convert it to UTF-8 text in one of the formats ${FORMATS.join(', ')}.`
    )
  }
  if (asked) return asked
  const extension = extname(name).toLowerCase()
  const known = EXTENSIONS[extension]
  if (known) return known
  const first = head.toString('latin1').trimStart().charAt(0)
  if (first === '[') return 'json'
  if (first === '{' || first === '' || extension === '.json') return 'jsonl'
  throw new VdataError(
    'usage',
    'FORMAT_UNKNOWN',
    `Neither the name of ${quote(name)} nor its beginning says what format it has.`,
    `Say which of ${FORMATS.join(', ')} it is with --format.`
  )
}
