// Finds the OPT record of a message that its header alone has condemned, so that the refusal can carry one. Reads nothing else of it.
import { Type } from './constants.ts'
import { getU16 } from './header.ts'
import { skipName } from './name.ts'
import { headerLength } from './triage.ts'

/** TYPE, CLASS, TTL and RDLENGTH: what follows a record's owner. */
export const recordFixedLength = 10
/** QTYPE and QCLASS: what follows a question's name. */
const questionFixedLength = 4

/**
 * Walks all sections of a message by its counts; UPDATE's and NOTIFY's have the form of a query's (RFC 2136 section 2).
 * Every step goes forward by five octets or more, so the work is bounded by the message.
 * @param length of the message, which has a whole header
 * @returns where the TYPE of its OPT record lies; -1 when it has none, more than one, one in a wrong place or of another
 * owner than the root, or when it cannot be walked to its end
 */
export function seekOpt(bytes: Uint8Array, length: number): number {
  const additional = getU16(bytes, 10)
  if (additional === 0) return -1
  let at = headerLength
  for (let left = getU16(bytes, 4); left > 0; left--) {
    at = skipName(bytes, at, length)
    if (at < 0 || at + questionFixedLength > length) return -1
    at += questionFixedLength
  }
  let found = -1
  for (let left = getU16(bytes, 6) + getU16(bytes, 8) + additional; left > 0; left--) {
    const fixed = skipName(bytes, at, length)
    if (fixed < 0 || fixed + recordFixedLength > length) return -1
    if (getU16(bytes, fixed) === Type.OPT) {
      if (left > additional || found >= 0 || bytes[at] !== 0) return -1
      found = fixed
    }
    at = fixed + recordFixedLength + getU16(bytes, fixed + 8)
    if (at > length) return -1
  }
  return found
}
