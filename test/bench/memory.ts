import type { Figure } from './figure.js'
export async function benchMemory(): Promise<Figure[]> {
  return []
}
