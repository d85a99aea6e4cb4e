// Parsed trees kept by content, so that an unchanged file is not parsed again. Knows no YAML and where nothing is kept.
import { createHash } from 'node:crypto'
import { deserialize, serialize } from 'node:v8'
import type { Entry, Tree } from './tree.ts'

/** Where parse results are kept between loads; keys are short and safe as file names. */
export interface ParseCache {
  get(key: string): Promise<Buffer | null>
  set(key: string, value: Buffer): Promise<unknown>
}

/** Change it with the layout below: what an older version kept is then not found. */
const layout = 'tree-1'

/** A tree in pre-order: three numbers a value (kind or count, line, column), two a key (line, column). */
interface Packed {
  readonly numbers: Int32Array
  readonly values: readonly (string | number | boolean | null)[]
}

const scalarMark = -1

export function cacheKey(bytes: Uint8Array): string {
  return `${layout}-${createHash('sha256').update(bytes).digest('hex')}`
}

/** A tree as bytes, without the name of its file. */
export function packTree(tree: Tree): Buffer {
  const numbers: number[] = []
  const values: Packed['values'][number][] = []
  const put = (at: Tree): void => {
    const { line, column } = at.place
    if (at.kind === 'scalar') {
      numbers.push(scalarMark, line, column)
      values.push(at.value)
    } else if (at.kind === 'list') {
      numbers.push(at.items.length * 2, line, column)
      at.items.forEach(put)
    } else {
      numbers.push(at.entries.size * 2 + 1, line, column)
      for (const [key, entry] of at.entries) {
        values.push(key)
        numbers.push(entry.place.line, entry.place.column)
        put(entry.value)
      }
    }
  }
  put(tree)
  return serialize({ numbers: Int32Array.from(numbers), values } satisfies Packed)
}

/** The tree of packTree's bytes, standing in `file`; null when they are not such bytes. */
export function unpackTree(bytes: Buffer, file: string): Tree | null {
  try {
    return unpack(deserialize(bytes) as Packed, file)
  } catch {
    return null
  }
}

function unpack({ numbers, values }: Packed, file: string): Tree {
  let number = 0
  let value = 0
  const take = (): Tree => {
    const mark = numbers[number]
    const place = { file, line: numbers[number + 1], column: numbers[number + 2] }
    number += 3
    if (mark === scalarMark) return { kind: 'scalar', place, value: values[value++] }
    if (!(mark >= 0)) throw new RangeError('cut short')
    if (mark % 2 === 0) return { kind: 'list', place, items: Array.from({ length: mark / 2 }, take) }
    const entries = new Map<string, Entry>()
    for (let left = (mark - 1) / 2; left > 0; left--) {
      const key = String(values[value++])
      const keyPlace = { file, line: numbers[number], column: numbers[number + 1] }
      number += 2
      entries.set(key, { place: keyPlace, value: take() })
    }
    return { kind: 'map', place, entries }
  }
  return take()
}
