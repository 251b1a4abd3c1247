// What the tests use of brittle 4; upstream ships no types.
declare module 'brittle' {
  export interface Assert {
    ok(value: unknown, message?: string): void
    absent(value: unknown, message?: string): void
    is(actual: unknown, expected: unknown, message?: string): void
    not(actual: unknown, expected: unknown, message?: string): void
    alike(actual: unknown, expected: unknown, message?: string): void
    unlike(actual: unknown, expected: unknown, message?: string): void
    pass(message?: string): void
    fail(message?: string): void
    exception(run: (() => unknown) | Promise<unknown>, matches?: RegExp | object, message?: string): Promise<void>
    execution(run: (() => unknown) | Promise<unknown>, message?: string): Promise<number>
    comment(...message: unknown[]): void
    plan(count: number): void
    timeout(ms: number): void
    end(): void
    teardown(run: () => unknown, options?: { order?: number; force?: boolean }): void
    tmp(): Promise<string>
  }
  export interface TestOptions {
    timeout?: number
    solo?: boolean
    skip?: boolean
  }
  export interface Test {
    (name: string, run: (t: Assert) => unknown): Promise<void>
    (name: string, options: TestOptions, run: (t: Assert) => unknown): Promise<void>
    skip: Test
  }
  export function configure(options: { timeout: number }): void
  const test: Test
  export default test
  export { test }
}
