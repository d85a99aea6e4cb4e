// CSV text of geo.overrides as the same tree that YAML gives. Knows the columns, not whether a value is right.
import type { Report } from './problem.ts'
import { placeAt } from './text.ts'
import type { Text } from './text.ts'
import { shown } from './tree.ts'
import type { Entry, MapTree, ScalarTree } from './tree.ts'

const columns = ['prefix', 'country', 'carrier', 'reason']
const header = columns.join(',')

interface Field {
  readonly value: string
  readonly offset: number
}

/** A map from prefix to override, rows that are none reported and left out; null when the first line is not the columns. */
export function parseOverridesCsv(text: Text, report: Report): MapTree | null {
  const place = placeAt(text, 0)
  const entries = new Map<string, Entry>()
  const [first, ...rows] = rowsOf(text, report)
  if (first?.map(({ value }) => value).join(',') !== header) {
    report.problem(place, `the first line is ${shown(text.content.split(/\r?\n/, 1)[0])}, expected ${shown(header)}`)
    return null
  }
  for (const row of rows) {
    const at = placeAt(text, row[0].offset)
    if (row.length !== columns.length) {
      report.problem(at, `${row.length} columns, expected ${columns.length}: ${header}`)
      continue
    }
    const [prefix, ...fields] = row.map((field): ScalarTree => {
      return { kind: 'scalar', place: placeAt(text, field.offset), value: field.value }
    })
    const key = String(prefix.value)
    const known = entries.get(key)
    if (known !== undefined) report.problem(at, `prefix ${key} is written twice, first at ${report.show(known.place)}`)
    const given = fields.map((field, index) => [columns[index + 1], { place: field.place, value: field }] as const)
    const filled = new Map<string, Entry>(given.filter(([, field]) => field.value.value !== ''))
    entries.set(key, { place: at, value: { kind: 'map', place: at, entries: filled } })
  }
  return { kind: 'map', place, entries }
}

/** Rows of at least one field each; blank lines and lines that begin with # are passed over. */
function rowsOf(text: Text, report: Report): Field[][] {
  const rows: Field[][] = []
  let row: Field[] = []
  const field = /(?:"((?:[^"]|"")*)"|([^,\r\n"]*))(,|\r?\n|$)/y
  while (field.lastIndex < text.content.length) {
    const offset = field.lastIndex
    const blank = row.length === 0 ? /^(?:[ \t]*|#[^\n]*)(?:\r?\n|$)/.exec(lineAt(text, offset)) : null
    if (blank !== null) {
      field.lastIndex = offset + blank[0].length
      continue
    }
    const found = field.exec(text.content)
    if (found === null) {
      report.problem(
        placeAt(text, offset),
        'a quote inside a field: put the field in quotes and double the ones inside',
      )
      return rows
    }
    const [, quoted, bare, end] = found
    row.push({ value: (quoted?.replaceAll('""', '"') ?? bare).trim(), offset })
    if (end === ',' && field.lastIndex < text.content.length) continue
    if (end === ',') row.push({ value: '', offset: field.lastIndex })
    rows.push(row)
    row = []
  }
  return rows
}

/** The rest of the line that `offset` lies on, its end included. */
function lineAt({ content }: Text, offset: number): string {
  const end = content.indexOf('\n', offset)
  return content.slice(offset, end < 0 ? undefined : end + 1)
}
