// What to do when what is compiled finds no room. Knows nothing of what it is.
import { tmpdir } from 'node:os'

const reasons: readonly unknown[] = ['ENOSPC', 'EDQUOT', 'EROFS']

/** An error in words, with what to do where a disk is full or may not be written; null where that is not what it is about. */
export function roomless(error: unknown): string | null {
  if (!(error instanceof Error && 'code' in error && reasons.includes(error.code))) return null
  return `${error.message}; what is compiled lies in ${tmpdir()} until it is taken up: make room there, or set TMPDIR to where there is some`
}
