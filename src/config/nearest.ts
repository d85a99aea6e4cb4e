// What was perhaps meant: the nearest known word by edit distance, or a name's form in DNS. Knows no configuration.
import { domainToASCII } from 'node:url'

/**
 * The known word nearest to `word`, letters compared without case, if it is near enough to be a slip: at most a third
 * of the longer one's letters changed, added, dropped or swapped, and never more than three.
 */
export function nearest(word: string, known: Iterable<string>): string | null {
  let best: string | null = null
  let least = Infinity
  const lower = word.toLowerCase()
  if (lower.length > 64) return null
  for (const candidate of known) {
    const limit = Math.min(3, Math.floor(Math.max(word.length, candidate.length) / 3), least - 1)
    if (Math.abs(candidate.length - word.length) > limit) continue
    const distance = editDistance(lower, candidate.toLowerCase())
    if (distance > limit) continue
    least = distance
    best = candidate
    if (distance === 0) break
  }
  return best
}

/** `; did you mean "hkg"?`, or nothing. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const found = nearest(word, known)
  return found === null ? '' : `; did you mean ${JSON.stringify(found)}?`
}

/** `; did you mean "xn--bcher-kva"?` for a name with letters beyond ASCII, as DNS has it (RFC 5891); nothing for others. */
export function didYouMeanAscii(name: string): string {
  const ascii = /[\u0080-\uffff]/.test(name) ? domainToASCII(name) : ''
  return ascii === '' ? '' : `; did you mean ${JSON.stringify(ascii)}?`
}

/** Letters to change, add, drop or swap with their neighbour to make one word of the other. */
function editDistance(a: string, b: string): number {
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      row[j] = Math.min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) row[j] = Math.min(row[j], before[j - 2] + 1)
    }
    before = above
    above = row
  }
  return above[b.length]
}
