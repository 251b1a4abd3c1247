import type { Figure, Measured } from './report.js'

/** A figure by name: `id` for programs (`gender.association.profession`), `label` for people. */
export interface NamedFigure {
  id: string
  label: string
  figure: Figure
  /** Whether it measures a distance from no bias, so that zero is best and less is better. */
  distance: boolean
}

/** The figures of a report that stand for themselves: all but those of single words and occupations. */
export function namedFigures(measured: Measured): NamedFigure[] {
  const figures: NamedFigure[] = []
  const add = (id: string, label: string, figure: Figure, distance: boolean): void => {
    figures.push({ id, label, figure, distance })
  }
  for (const [axis, report] of Object.entries(measured.axes)) {
    add(`${axis}.representation`, `${words(axis)}: representation`, report.representation, true)
    for (const [group, { share, sentiment }] of Object.entries(report.groups)) {
      add(`${axis}.share.${group}`, `${words(axis)}: share of ${words(group)}`, share, false)
      add(`${axis}.sentiment.${group}`, `${words(axis)}: sentiment about ${words(group)}`, sentiment, false)
    }
    add(`${axis}.sentiment_gap`, `${words(axis)}: gap in sentiment`, report.sentiment_gap, true)
    for (const [list, { figure }] of Object.entries(report.associations)) {
      add(`${axis}.association.${list}`, `${words(axis)}: association with ${words(list)}`, figure, true)
    }
    for (const [list, figure] of Object.entries(report.cooccurrence)) {
      add(`${axis}.cooccurrence.${list}`, `${words(axis)}: co-occurrence with ${words(list)}`, figure, true)
    }
  }
  if (measured.pronouns !== null) {
    const { group, difference, distance } = measured.pronouns
    const label = `occupations: ${words(group)} pronouns`
    add('pronouns.difference', `${label}, difference from labour statistics`, difference, false)
    add('pronouns.distance', `${label}, distance from labour statistics`, distance, true)
  }
  return figures
}

/** Of those the ones for which zero is best: one or two for each axis and list. */
export function headlines(measured: Measured): NamedFigure[] {
  return namedFigures(measured).filter(({ distance }) => distance)
}

/** A name from a lexicon as words. */
export function words(name: string): string {
  return name.replace(/_/g, ' ')
}
