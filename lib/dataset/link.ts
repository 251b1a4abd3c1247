import ID from 'hypercore-id-encoding'
import { VdataError } from '../errors.js'

/** A dataset's link, read: the index key, and the release's name where the link names one. */
export interface Link {
  key: Buffer
  release?: string
}

/** Release names: letters, digits, dot, dash and underscore, at most 64, beginning with a letter or digit. */
export const RELEASE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

/** Reads `vdata://<z32 index key>` or `vdata://<z32 index key>/<release>`; the scheme may be left out. */
export function parseLink(text: string): Link {
  const match = /^(?:vdata:\/\/)?([a-z0-9]{52}|[0-9a-fA-F]{64})(?:\/([^/]*))?\/?$/.exec(text.trim())
  const [, id = '', release] = match ?? []
  if (!ID.isValid(id) || (release && !RELEASE_NAME.test(release))) {
    throw new VdataError(
      'usage',
      'BAD_LINK',
      `"${text.slice(0, 100)}" is not a dataset's link.`,
      'A link looks like vdata:// and 52 letters and digits; the moderator publishes it, and `vdata index create` prints it.'
    )
  }
  const key = Buffer.from(ID.decode(id))
  return release ? { key, release } : { key }
}

export function formatLink(key: Buffer, release?: string): string {
  return `vdata://${formatKey(key)}${release ? `/${release}` : ''}`
}

/** A key of 32 bytes as people see it: 52 characters of z-base-32. */
export function formatKey(key: Buffer): string {
  return ID.encode(key)
}

/** Reads a key of 32 bytes, in z-base-32 or hexadecimal. */
export function parseKey(text: string, what = 'key'): Buffer {
  if (!ID.isValid(text)) {
    throw new VdataError(
      'usage',
      'BAD_KEY',
      `"${text.slice(0, 100)}" is not a ${what}.`,
      'It has 52 letters and digits.'
    )
  }
  return Buffer.from(ID.decode(text))
}
