import type { Command } from 'commander'
import type { Context } from '../context.js'
import { readDonateState, SILENT_AFTER_GIVING, writeDonateState } from '../donate.js'
import { examples } from '../help.js'
import { clean } from '../text.js'
import { readSettings } from '../settings.js'

/** `vdata donate`: the ways to support the people who keep a dataset alive. */
export function define(command: Command, context: () => Context): void {
  command
    .description(
      'Show how to support the people who keep your dataset alive. vdata itself takes no money and sees no payment.'
    )
    .option('--gave', 'you gave: no note for a year')
    .action((options: { gave?: boolean }) => donate(context(), options.gave === true))
  examples(command, [
    ['vdata donate', 'see the ways'],
    ['vdata donate --gave', 'not be asked for a year'],
    ['vdata config set donate_note off', 'never be asked']
  ])
}

function donate(context: Context, gave: boolean): void {
  const state = readDonateState(context.home)
  if (gave) {
    const givenUntil = Date.now() + SILENT_AFTER_GIVING
    writeDonateState(context.home, { ...state, givenUntil })
    context.result({ silent_until: new Date(givenUntil).toISOString() }, 'Thank you. You are not asked for a year.')
    return
  }
  const { dataset, donate_note } = readSettings(context.home)
  const ways = state.ways ?? []
  const lines = [
    ...ways.map((way) => clean(`${way.dataset}: ${way.text ? `${way.text} ` : ''}${way.url}`)),
    ...(ways.length > 0 ? [] : ['No dataset that you pulled from or gave to has said yet how to support it.']),
    "Disk and bandwidth help as much as money: 'vdata seed'.",
    donate_note === 'off'
      ? 'The note after a pull is off.'
      : "The note after a pull: 'vdata config set donate_note off' switches it off."
  ]
  context.result({ dataset: dataset ?? null, ways, donate_note: donate_note ?? 'on' }, lines.join('\n'))
}
