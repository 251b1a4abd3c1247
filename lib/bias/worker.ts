import { parentPort, workerData } from 'node:worker_threads'
import { addBatch, type Batch } from './measure.js'
import { BiasMeter } from './meter.js'
import type { FromWorker, WorkerSettings } from './worker-pool.js'

// One thread of a WorkerPool.
const { lexicon, settings } = workerData as WorkerSettings
const meter = new BiasMeter(lexicon, settings)
const reply = (message: FromWorker): void => parentPort?.postMessage(message, [])

parentPort?.on('message', (batch: Batch | null) => {
  if (batch === null) return reply(meter.snapshot())
  addBatch(meter, batch)
  reply('done')
})
