// Puts results where they are read: on the screen, as JSON, and as tables in bench/README.md. Knows no measuring.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { arch, cpus, loadavg, release } from 'node:os'
import { fileURLToPath } from 'node:url'

const results = new URL('results/', import.meta.url)
const readme = fileURLToPath(new URL('README.md', import.meta.url))

export type Row = Readonly<Record<string, string | number>>

/** What figures depend on. */
export function machine(): object {
  const [{ model }] = cpus()
  return {
    at: new Date().toISOString(),
    machine: `${cpus().length} × ${model}, Linux ${release()} ${arch()}`,
    node: process.version,
    load: loadavg().map((load) => Math.round(load * 10) / 10),
  }
}

/** A table in Markdown; numbers stand at the right. */
export function table(rows: readonly Row[]): string {
  const columns = Object.keys(rows[0] ?? {})
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`
  const rule = columns.map((column) => (typeof rows[0][column] === 'number' ? '--:' : '---'))
  return [line(columns), line(rule), ...rows.map((row) => line(columns.map((column) => row[column])))].join('\n')
}

/** Writes `results/<name>.json`. */
export async function writeResults(name: string, value: object): Promise<void> {
  await mkdir(results, { recursive: true })
  await writeFile(new URL(`${name}.json`, results), `${JSON.stringify({ ...machine(), ...value }, null, 2)}\n`)
}

/** Writes a section's tables into the README, between its marks. */
export async function writeSection(name: string, text: string): Promise<void> {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`]
  const page = await readFile(readme, 'utf8')
  const from = page.indexOf(begin)
  const to = page.indexOf(end)
  if (from < 0 || to < from) throw new Error(`${readme} has no section ${name}`)
  await writeFile(readme, `${page.slice(0, from)}${begin}\n${text}\n${page.slice(to)}`)
}
