import { copyFile, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf } from '../errors.js'
import { writeWhole } from '../files.js'
import { fileAndLine } from '../volume/places.js'
import { placesAt } from './draft-check.js'
import type { RecordRange } from './entries.js'

/** A line of one of a share's sources. */
export interface SourceLine {
  /** The ordinal of the source, from 0. */
  source: number
  /** From 1. */
  line: number
}

/**
 * What a contributor keeps of a volume beside its share, until it is accepted: what the checks found, and at which lines of
 * which files its records were.
 */
export class ShareNotes {
  private readonly directory: string

  /** @param directory the share's: see ShareFiles */
  constructor(directory: string) {
    this.directory = directory
  }

  /** @param report its RFC 8785 form, where the checks ran @param places the file of lib/volume/places.ts */
  async keep(volume: string, report: string | undefined, places: string): Promise<void> {
    if (report !== undefined) await writeWhole(this.path(volume, 'report.json'), report + '\n')
    await copyFile(places, this.path(volume, 'places'))
  }

  /** The report in its RFC 8785 form; null where there is none any more. */
  async report(volume: string): Promise<string | null> {
    try {
      return (await readFile(this.path(volume, 'report.json'), 'utf8')).trimEnd()
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null
      throw error
    }
  }

  /** The lines of the first records in these ascending ranges; none where they are not known any more. */
  async lines(volume: string, ranges: readonly RecordRange[], most: number): Promise<SourceLine[]> {
    const lines: SourceLine[] = []
    try {
      for await (const place of placesAt(this.path(volume, 'places'), ranges)) {
        const { file, line } = fileAndLine(place)
        if (lines.push({ source: file, line }) >= most) break
      }
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error
    }
    return lines
  }

  async remove(volume: string): Promise<void> {
    await rm(this.path(volume, 'report.json'), { force: true })
    await rm(this.path(volume, 'places'), { force: true })
  }

  private path(volume: string, kind: string): string {
    return join(this.directory, `${volume}.${kind}`)
  }
}
