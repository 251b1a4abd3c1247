import { VdataError } from '../lib/errors.js'

/** Hours of the day, in minutes since midnight by the local clock; `to` is not included and may lie before `from`. */
export interface Hours {
  from: number
  to: number
}

/**
 * Reads `1:00-6:00`, or several of them: `1:00-6:00, 22:30-23:30`.
 * @throws VdataError BAD_HOURS
 */
export function parseHours(text: string): Hours[] {
  return text.split(',').map((part) => {
    const match = /^\s*(\d{1,2})(?::(\d{2}))?\s*-\s*(\d{1,2})(?::(\d{2}))?\s*$/.exec(part)
    const from = minutes(match?.[1], match?.[2])
    const to = minutes(match?.[3], match?.[4])
    if (from === null || to === null || from === to) {
      throw new VdataError(
        'usage',
        'BAD_HOURS',
        `"${part.trim().slice(0, 40)}" are no hours of the day.`,
        'For example 1:00-6:00, or 22:00-7:00 for a night.'
      )
    }
    return { from, to: to % 1440 }
  })
}

/** Whether a moment, as the local clock shows it, lies within the hours. */
export function within(hours: readonly Hours[], moment: Date): boolean {
  const now = moment.getHours() * 60 + moment.getMinutes()
  return hours.some(({ from, to }) => (from < to ? now >= from && now < to : now >= from || now < to))
}

function minutes(hour: string | undefined, minute = '0'): number | null {
  const total = Number(hour) * 60 + Number(minute)
  return hour !== undefined && Number(minute) < 60 && total <= 1440 ? total : null
}
