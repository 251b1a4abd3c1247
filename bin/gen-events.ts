import type { GenerateEvent } from '../lib/generate/index.js'
import type { Context } from './context.js'
import { duration, plural } from './format.js'
import { dollars, estimateLines, panelLines, progressLine } from './gen-text.js'

/** How often a line is printed where nothing can be redrawn, in milliseconds. */
const LINE_EVERY = 10_000

export interface Rendering {
  onEvent(event: GenerateEvent): void
  end(): void
}

/** Shows a run: a panel on a terminal, lines elsewhere, NDJSON with --json. */
export function renderEvents(context: Context, options: { estimate: boolean }): Rendering {
  const panel = context.progress()
  let lastLine = Date.now()
  return {
    end: () => panel.clear(),
    onEvent(event) {
      context.emit({ ...event })
      switch (event.event) {
        case 'plan':
          break
        case 'estimate':
          if (options.estimate) for (const line of estimateLines(event.estimate)) context.say(line)
          break
        case 'notice':
          context.say(event.message)
          break
        case 'progress':
          if (context.live) panel.update(panelLines(event, context))
          else if (Date.now() - lastLine >= LINE_EVERY) {
            lastLine = Date.now()
            context.say(progressLine(event))
          }
          break
        case 'waiting':
          if (!context.live) context.say(`Waiting ${duration(event.seconds * 1000)}: ${event.message}`)
          break
        case 'budget_warning':
          if (!context.json)
            context.warn(`${dollars(event.spent)} are spent; you wanted to be warned at ${dollars(event.warn)}.`)
          break
        case 'stopping':
          panel.clear()
          context.say(`Nothing more is sent; waiting for ${plural(event.in_flight, 'request')} in flight.`)
          break
        case 'batch':
          panel.update(`batch ${event.id ?? ''}: ${event.status}, ${event.completed} of ${event.total}`)
          break
        case 'writing':
          panel.clear()
          break
        case 'limits':
        case 'retry':
          break
      }
    }
  }
}
