/**
 * Runs `task` on each item, at most `ahead` at a time, and yields the results in the items' order. Whoever stops reading
 * early, or meets an error, leaves at most `ahead` tasks running, whose outcome nobody needs.
 */
export async function* inOrder<T, R>(
  items: Iterable<T>,
  ahead: number,
  task: (item: T) => Promise<R>
): AsyncGenerator<R> {
  const running: Promise<R>[] = []
  for (const item of items) {
    const result = task(item)
    result.catch(ignore)
    running.push(result)
    if (running.length >= ahead) yield await running.shift()!
  }
  for (const result of running) yield await result
}

function ignore(): void {}

/** The numbers from `from` to before `to`. */
export function* count(from: number, to: number): Generator<number> {
  for (let index = from; index < to; index++) yield index
}
