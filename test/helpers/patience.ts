// Loaded before each test file: a test that takes long on a busy machine is slow, not wrong. Only one that hangs is ended.
import { isMainThread } from 'node:worker_threads'

if (isMainThread) (await import('brittle')).configure({ timeout: 600_000 })
