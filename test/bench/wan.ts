import type { Figure } from './figure.js'
export async function benchWan(): Promise<Figure[]> {
  return []
}
export async function benchIndex(): Promise<Figure[]> {
  return []
}
