// Ways to kill a process at some moment of its life.
import type { Running } from './cli.js'
import { randomFrom } from './corpus.js'

/** Kills a process somewhere between its first moment and its last; says whether it was still alive. */
export type Kill = (running: Running, random: () => number, usual: number) => Promise<boolean>

/** After a part of the time that it usually takes. */
export const atRandom: Kill = async (running, random, usual) => {
  await Promise.race([running.exited, pause(random() * usual)])
  return kill(running)
}

/** At an event, or a moment later. */
export function atEvent(name: string, count = 1): Kill {
  return async (running, random) => {
    const due = () => running.events.filter(({ event }) => event === name).length >= count
    await Promise.race([running.exited, running.event(name, due).catch(() => {})])
    await pause(random() * 25)
    return kill(running)
  }
}

async function kill(running: Running): Promise<boolean> {
  running.kill('SIGKILL')
  return (await running.exited).signal === 'SIGKILL'
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Each round kills once; `nth` tells the rounds apart. Resolves with whether it met a process that was alive. */
export type Round = (kill: Kill, random: () => number, nth: number) => Promise<boolean>

/**
 * Goes through the ways to kill in turn until enough of them met a process that was alive; returns how many did.
 *
 * @param lanes rounds that run side by side
 */
export async function killed(kills: number, seed: number, ways: Kill[], round: Round, lanes = 1): Promise<number> {
  const random = randomFrom(seed)
  let alive = 0
  let rounds = 0
  const lane = async () => {
    while (alive < kills && rounds < kills * 2) {
      const nth = rounds++
      if (await round(ways[nth % ways.length]!, random, nth)) alive++
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return alive
}

export async function timed<T>(run: Promise<T>): Promise<[result: T, ms: number]> {
  const started = performance.now()
  return [await run, performance.now() - started]
}
