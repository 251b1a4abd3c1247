import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { codeOf, VdataError } from '../errors.js'
import { callControl, controlPath, type ControlMethods } from '../network/control.js'
import { VolumeReader } from '../volume/reader.js'
import { reasonCode, type DatasetEntry, type Reason } from './entries.js'
import type { Decision, Queued } from './decisions.js'
import { Moderator, type ModeratorOptions } from './moderator.js'
import type { LogEntry } from './reader.js'

export interface Shown extends Queued {
  raw_bytes: number | null
  license: string | null
  facets: { [facet: string]: { values: { [value: string]: number }; other: number; missing: number } } | null
  /** JSON lines of some of its records; empty until the volume is here. */
  sample: string[]
}

export interface DeskStatus {
  role: 'index'
  link: string
  dataset: DatasetEntry
  volumes: number
  records: number
  bytes: number
  queued: number
  connections: number
}

/** What a moderator can do, whether the dataset is being served by a process or lies still. */
export interface Desk {
  status(): Promise<DeskStatus>
  queue(): Promise<Queued[]>
  show(volume: string, sample: number): Promise<Shown>
  accept(volume: string): Promise<Decision>
  reject(volume: string, reasons: Reason[]): Promise<Decision>
  log(): Promise<LogEntry[]>
}

const named = z.object({ volume: z.string().max(100) })
const showing = named.extend({ sample: z.number().int().min(0).max(100) })
const rejecting = named.extend({
  reasons: z
    .array(z.object({ code: reasonCode, count: z.number(), note: z.string().max(1000) }))
    .min(1)
    .max(100)
})

/** The desk of a dataset that this process has open. */
export class LocalDesk implements Desk {
  private readonly moderator: Moderator

  constructor(moderator: Moderator) {
    this.moderator = moderator
  }

  async status(): Promise<DeskStatus> {
    const { index } = this.moderator
    const volumes = await index.volumes()
    return {
      role: 'index',
      link: this.moderator.link,
      dataset: await index.dataset(),
      volumes: volumes.length,
      records: volumes.reduce((sum, { entry }) => sum + entry.records, 0),
      bytes: volumes.reduce((sum, { entry }) => sum + entry.bytes, 0),
      queued: (await this.moderator.queue()).length,
      connections: this.moderator.connections
    }
  }

  queue(): Promise<Queued[]> {
    return this.moderator.queue()
  }

  async show(id: string, sample: number): Promise<Shown> {
    const { queued, report } = await this.moderator.show(id)
    const entry = report?.entry
    const facts = {
      raw_bytes: entry?.raw_bytes ?? null,
      license: entry?.license ?? null,
      facets: entry?.facets ?? null
    }
    return { ...queued, ...facts, sample: entry ? await this.sample(id, sample) : [] }
  }

  accept(id: string): Promise<Decision> {
    return this.moderator.accept(id)
  }

  reject(id: string, reasons: Reason[]): Promise<Decision> {
    return this.moderator.reject(id, reasons)
  }

  async log(): Promise<LogEntry[]> {
    const entries: LogEntry[] = []
    for await (const entry of this.moderator.index.history()) entries.push(entry)
    return entries
  }

  /** The same, for the control socket. */
  get methods(): ControlMethods {
    return {
      status: () => this.status(),
      queue: () => this.queue(),
      log: () => this.log(),
      accept: (params) => this.accept(named.parse(params).volume),
      show: (params) => this.show(named.parse(params).volume, showing.parse(params).sample),
      reject: (params) => this.reject(named.parse(params).volume, rejecting.parse(params).reasons)
    }
  }

  /** Records from as many batches as it takes, spread over the volume. */
  private async sample(id: string, most: number): Promise<string[]> {
    const reader = new VolumeReader(await this.moderator.open(id), { timeout: 5_000 })
    try {
      const lines: string[] = []
      const batches = Math.min(reader.length, most)
      for (let i = 0; i < batches; i++) {
        const batch = await reader.lines(Math.floor((i * reader.length) / batches))
        const share = Math.ceil((most - lines.length) / (batches - i))
        for (let j = 0; j < share && j < batch.length; j++) lines.push(batch[Math.floor((j * batch.length) / share)]!)
      }
      return lines
    } finally {
      await reader.close()
    }
  }
}

/** The desk of a dataset that another process of this home serves. */
class RemoteDesk implements Desk {
  private readonly path: string

  constructor(path: string) {
    this.path = path
  }

  status = () => this.call<DeskStatus>('status')
  queue = () => this.call<Queued[]>('queue')
  log = () => this.call<LogEntry[]>('log')
  show = (volume: string, sample: number) => this.call<Shown>('show', { volume, sample })
  accept = (volume: string) => this.call<Decision>('accept', { volume })
  reject = (volume: string, reasons: Reason[]) => this.call<Decision>('reject', { volume, reasons })

  private async call<T>(method: string, params: object = {}): Promise<T> {
    const result = await callControl<T>(this.path, method, params)
    if (result !== undefined) return result
    throw new VdataError('error', 'SERVE_ENDED', 'The process that serves this dataset has just ended.', 'Try again.')
  }
}

/** Does something at a dataset's desk: through the process that serves it, or, where none does, by opening it here. */
export async function atDesk<T>(options: ModeratorOptions, act: (desk: Desk) => Promise<T>): Promise<T> {
  const path = deskPath(options.home, options.name)
  if ((await callControl(path, 'status')) !== undefined) return act(new RemoteDesk(path))
  const moderator = await Moderator.open(options)
  try {
    return await act(new LocalDesk(moderator))
  } finally {
    await moderator.close()
  }
}

export function deskPath(home: string, name: string): string {
  return controlPath(home, `index-${name}`)
}

/** Names of the datasets that this home moderates. */
export async function moderatedDatasets(home: string): Promise<string[]> {
  try {
    const entries = await readdir(join(home, 'datasets'), { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}
