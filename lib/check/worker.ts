import { parentPort } from 'node:worker_threads'
import { Inspector, type Entry, type Inspection, type Pass, type Plan } from './inspector.js'

/** What a thread is asked: see threads.ts. */
export type Request =
  | { readonly type: 'open'; readonly session: number; readonly plan: Plan }
  | {
      readonly type: 'inspect'
      readonly session: number
      readonly id: number
      readonly batch: readonly Entry[]
      readonly pass: Pass
    }
  | { readonly type: 'close'; readonly session: number }

export type Answer =
  { readonly id: number; readonly inspection: Inspection } | { readonly id: number; readonly error: unknown }

const sessions = new Map<number, Promise<Inspector>>()

parentPort?.on('message', (request: Request) => {
  switch (request.type) {
    case 'open': {
      const inspector = Inspector.create(request.plan)
      // What went wrong is said to whoever asks for an inspection.
      inspector.catch(() => {})
      sessions.set(request.session, inspector)
      break
    }
    case 'inspect':
      void inspect(request)
      break
    case 'close':
      void sessions.get(request.session)?.then(
        (inspector) => inspector.close(),
        () => {}
      )
      sessions.delete(request.session)
      break
  }
})

async function inspect({ session, id, batch, pass }: Extract<Request, { type: 'inspect' }>): Promise<void> {
  try {
    const inspector = await sessions.get(session)!
    const inspection = inspector.inspect(batch, pass)
    parentPort?.postMessage({ id, inspection } satisfies Answer, [inspection.rows.buffer as ArrayBuffer])
  } catch (error) {
    parentPort?.postMessage({ id, error } satisfies Answer, [])
  }
}
