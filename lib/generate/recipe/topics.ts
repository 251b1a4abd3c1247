import type { TopicTree } from './schema.js'

/** The way from a tree's root to one of its leaves. */
export type Leaf = readonly string[]

/** Asks the model for the subtopics of the last topic of a path. */
export type AskForTopics = (path: Leaf, degree: number) => Promise<string[]>

/** The leaves of a given tree, in its order. */
export function leavesOf(tree: TopicTree, above: Leaf = []): Leaf[] {
  return tree.flatMap((node) =>
    typeof node === 'string'
      ? [[...above, node]]
      : Object.entries(node).flatMap(([topic, below]) => leavesOf(below, [...above, topic]))
  )
}

/** Lets a model build the tree, level by level. */
export async function buildLeaves(
  topics: { root: string; degree: number; depth: number },
  ask: AskForTopics
): Promise<Leaf[]> {
  let leaves: Leaf[] = [[]]
  for (let level = 0; level < topics.depth; level++) {
    const below = await Promise.all(leaves.map((leaf) => ask([topics.root, ...leaf], topics.degree)))
    leaves = leaves.flatMap((leaf, index) =>
      [...new Set(below[index])].slice(0, topics.degree).map((topic) => [...leaf, topic])
    )
  }
  return leaves
}

/** Stand-ins for leaves that a model has not built yet: as many as it is going to be asked for. */
export function placeholderLeaves(topics: { root: string; degree: number; depth: number }): Leaf[] {
  const count = topics.degree ** topics.depth
  return Array.from({ length: count }, (_, index) => [`${topics.root} ${index + 1}`])
}
