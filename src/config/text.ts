// A file's bytes as checked text that can say where an offset lies. Knows no YAML and no CSV.
import { readFile, stat } from 'node:fs/promises'
import type { Place } from './problem.ts'

/** The largest file that is read: 10,000 nodes take about 3 MB. */
const mostBytes = 32 * 1024 * 1024

/** What git and others leave between two sides. */
const conflictMark = /^(?:<{7}|>{7}|\|{7})(?= )|^={7}(?=\r?$)/m

export interface Text {
  readonly file: string
  readonly content: string
  readonly bytes: Uint8Array
  /** Offsets at which lines begin, ascending. */
  readonly lineStarts: readonly number[]
}

/** Why there is no text; `place` is null when the file cannot be opened, so that nothing inside it can be pointed at. */
export interface Unreadable {
  readonly place: Place | null
  readonly error: string
}

/** A file as UTF-8 text, or what keeps it from being read. Never rejects. */
export async function readText(file: string): Promise<Text | Unreadable> {
  let bytes: Uint8Array
  try {
    const found = await stat(file)
    if (found.isDirectory()) return { place: null, error: `${file} is a directory, expected a file` }
    if (!found.isFile()) return { place: null, error: `${file} is not a regular file` }
    if (found.size > mostBytes) {
      return { place: null, error: `${file} has ${found.size} bytes, the most is ${mostBytes}: split it with include` }
    }
    bytes = await readFile(file)
  } catch (error) {
    return { place: null, error: whyUnreadable(file, error) }
  }
  return decode(file, bytes)
}

/** Where an offset into the content lies; offsets beyond the end lie at the end. */
export function placeAt({ file, content, lineStarts }: Text, offset: number): Place {
  const inside = Math.max(0, Math.min(offset, content.length))
  let low = 0
  let high = lineStarts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (lineStarts[middle] <= inside) low = middle
    else high = middle - 1
  }
  return { file, line: low + 1, column: inside - lineStarts[low] + 1 }
}

function decode(file: string, bytes: Uint8Array): Text | Unreadable {
  const utf16 =
    bytes.length >= 2 && ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
  if (utf16)
    return { place: { file, line: 1, column: 1 }, error: 'the file is UTF-16, expected UTF-8: save it as UTF-8' }
  const content = new TextDecoder('utf-8').decode(bytes)
  const text = { file, content, bytes, lineStarts: lineStartsOf(content) }
  // oxlint-disable-next-line no-control-regex -- control characters are exactly what is looked for
  const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.exec(content)
  if (control !== null) {
    const code = control[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')
    return { place: placeAt(text, control.index), error: `control character U+${code}, expected text: remove it` }
  }
  const conflict = conflictMark.exec(content)
  if (conflict !== null) {
    const found = `${conflict[0]}, a mark of a merge that was not finished`
    return {
      place: placeAt(text, conflict.index),
      error: `${found}: keep one side and remove the lines <<<<<<<, ======= and >>>>>>>`,
    }
  }
  if (isUtf8(bytes)) return text
  const broken = content.indexOf('\ufffd')
  return { place: placeAt(text, broken), error: 'bytes that are not UTF-8: save the file as UTF-8' }
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

function lineStartsOf(content: string): number[] {
  const starts = [0]
  for (let at = content.indexOf('\n'); at >= 0; at = content.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

function whyUnreadable(file: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT' || code === 'ENOTDIR') return `there is no file ${file}`
  if (code === 'EACCES') return `${file} may not be read: check its permissions`
  return `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`
}
