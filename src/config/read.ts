// One configuration file as a tree, from the cache when its content is known. Knows no key and follows no include.
import { parseOverridesCsv } from './csv.ts'
import type { Place, Report } from './problem.ts'
import { readText } from './text.ts'
import type { Tree } from './tree.ts'
import { cacheKey, packTree, unpackTree } from './tree-cache.ts'
import type { ParseCache } from './tree-cache.ts'
import { parseYaml } from './yaml.ts'

/**
 * The tree of a file; null when it is empty or, with problems reported, broken. A file that cannot be read at all is
 * reported at `from`, the place that names it. Never rejects but for a failing cache.
 */
export async function readTree(
  file: string,
  from: Place,
  format: 'yaml' | 'csv',
  report: Report,
  cache?: ParseCache,
): Promise<Tree | null> {
  const text = await readText(file)
  if ('error' in text) {
    report.problem(text.place ?? from, text.error)
    return null
  }
  if (format === 'csv') return parseOverridesCsv(text, report)
  const key = cacheKey(text.bytes)
  const kept = await cache?.get(key)
  const known = kept ? unpackTree(kept, file) : null
  if (known !== null) return known
  const before = report.problems.length
  const tree = parseYaml(text, report)
  if (tree !== null && report.problems.length === before) await cache?.set(key, packTree(tree))
  return tree
}
