import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { z } from 'zod'
import { codeOf, VdataError } from '../lib/errors.js'
import { parseBootstrap } from './addresses.js'

const LINK = /^vdata:\/\/[13-9a-km-uw-z]{52}(\/[^/\s\p{Cc}]{1,100})?$/u

const schema = z.strictObject({
  dataset: z.string().regex(LINK, 'must be a link, vdata://… or vdata://…/release').optional(),
  bootstrap: z
    .string()
    .refine((text) => parseBootstrap(text) !== undefined, 'must be host:port, several of them separated by commas')
    .optional(),
  host: z
    .string()
    .refine((text) => isIP(text) !== 0, 'must be an IP address')
    .optional(),
  name: z
    .string()
    .regex(/^[^\p{Cc}]{1,100}$/u, 'must be one line of 1 to 100 characters')
    .optional(),
  donate_note: z.enum(['on', 'off'], 'must be on or off').optional()
})

export type Settings = z.infer<typeof schema>
export type SettingKey = keyof Settings

/** Every setting, and what it is for. */
export const SETTINGS: { readonly [key in SettingKey]-?: string } = {
  dataset: 'the dataset used where --from or --to is left out',
  bootstrap: 'the nodes through which the network is entered, host:port,…; unset: the public ones',
  host: 'the address to bind; unset: all',
  name: 'your name as a contributor, which everybody can read',
  donate_note: 'on or off: whether a pull may say how to support the volunteers'
}

/** The settings of a home; a file that is not valid is an error, because a setting that silently does nothing is worse. */
export function readSettings(home: string): Settings {
  const parsed = schema.safeParse(readRaw(home))
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new VdataError(
    'config',
    'SETTINGS_INVALID',
    `${fileOf(home)} is not valid: ${issue ? describe(issue) : 'it has another shape'}.`,
    "Change it with 'vdata config set' or 'vdata config unset', or delete the file."
  )
}

/** Sets one setting, or unsets it where `value` is undefined. */
export function writeSetting(home: string, key: string, value: string | undefined): void {
  const settings = { ...readRaw(home) }
  if (value === undefined) {
    // A key that this version does not know can be removed too: that is how a broken file is repaired.
    if (!Object.hasOwn(settings, key)) knownKey(key)
    delete settings[key]
  } else {
    const parsed = schema.shape[knownKey(key)].safeParse(value)
    if (!parsed.success) {
      throw new VdataError('usage', 'SETTING_INVALID', `${key} ${parsed.error.issues[0]?.message ?? 'is not valid'}.`)
    }
    settings[key] = parsed.data
  }
  writeAtomically(home, JSON.stringify(settings, null, 2) + '\n')
}

/** The key, if there is such a setting. */
export function knownKey(key: string): SettingKey {
  if (Object.hasOwn(SETTINGS, key)) return key as SettingKey
  const known = Object.keys(SETTINGS).join(', ')
  throw new VdataError('usage', 'SETTING_UNKNOWN', `There is no setting '${key}'.`, `The settings are ${known}.`)
}

function fileOf(home: string): string {
  return join(home, 'config.json')
}

function readRaw(home: string): { [key: string]: unknown } {
  let text: string
  try {
    text = readFileSync(fileOf(home), 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return {}
    throw error
  }
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text))
  } catch (error) {
    const advice = 'Correct the file, or delete it and set again what was in it.'
    throw new VdataError('config', 'SETTINGS_INVALID', `${fileOf(home)} is not a JSON object.`, advice, {
      cause: error
    })
  }
}

function describe(issue: z.core.$ZodIssue): string {
  return issue.code === 'unrecognized_keys'
    ? `there is no setting '${issue.keys[0]}'`
    : `${issue.path.join('.')} ${issue.message}`
}

function writeAtomically(home: string, text: string): void {
  mkdirSync(home, { recursive: true, mode: 0o700 })
  const file = fileOf(home)
  const temporary = `${file}.${process.pid}.tmp`
  const descriptor = openSync(temporary, 'w', 0o600)
  try {
    writeSync(descriptor, text)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  renameSync(temporary, file)
}
