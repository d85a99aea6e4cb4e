// Answers what class CH is asked for: who the server is (RFC 4892) and what it runs, as configured. Knows no zones.
import { slot } from '../telemetry/counters.ts'
import { Class, Rcode, Type } from '../wire/constants.ts'
import { putBytes, putU16, putU32 } from '../wire/header.ts'
import { encodeName } from '../wire/name.ts'
import { finish, fits } from './reply.ts'
import type { State } from './state.ts'

const identityNames = [wireName('id.server'), wireName('hostname.bind')]
const versionNames = [wireName('version.server'), wireName('version.bind')]

/** Answers a query of class CH; anything but what is told of the server is refused. */
export function answerIdentity(bytes: Uint8Array, state: State): number {
  const { query, reply, counters } = state
  const text = query.type === Type.TXT || query.type === Type.ANY ? textOf(state) : null
  if (text === null) {
    counters[slot.outcomes.error]++
    return finish(bytes, state, Rcode.REFUSED, false)
  }
  counters[slot.outcomes.static]++
  if (fits(state, 13 + text.length)) {
    let at = putU16(bytes, reply.at, 0xc000 | reply.owner)
    at = putU16(bytes, at, Type.TXT)
    at = putU16(bytes, at, Class.CH)
    at = putU32(bytes, at, 0)
    at = putU16(bytes, at, text.length + 1)
    bytes[at++] = text.length
    reply.at = putBytes(bytes, at, text, text.length)
    reply.answers++
  }
  return finish(bytes, state, Rcode.NOERROR, true)
}

/** What the name asked for stands for, or null. */
function textOf(state: State): Uint8Array | null {
  if (isName(identityNames[0], state) || isName(identityNames[1], state)) return state.identity
  if (isName(versionNames[0], state) || isName(versionNames[1], state)) return state.version
  return null
}

function isName(name: Uint8Array, { query }: State): boolean {
  if (name.length !== query.nameLength) return false
  for (let i = 0; i < name.length; i++) if (name[i] !== query.name[i]) return false
  return true
}

function wireName(text: string): Uint8Array {
  const name = encodeName(text)
  if (name === null) throw new Error(`${text} is no name`)
  return name
}
