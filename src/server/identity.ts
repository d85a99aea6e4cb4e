// Answers id.server and hostname.bind in class CH with the server's identity (RFC 4892). Knows no zones.
import { slot } from '../telemetry/counters.ts'
import { Class, Rcode, Type } from '../wire/constants.ts'
import { putBytes, putU16, putU32 } from '../wire/header.ts'
import { encodeName } from '../wire/name.ts'
import { finish, fits } from './reply.ts'
import type { State } from './state.ts'

const names = [wireName('id.server'), wireName('hostname.bind')]

/** Answers a query of class CH; anything but the identity is refused. */
export function answerIdentity(bytes: Uint8Array, state: State): number {
  const { query, identity, reply, counters } = state
  const asked = query.type === Type.TXT || query.type === Type.ANY
  if (!asked || !(isName(names[0], state) || isName(names[1], state))) {
    counters[slot.outcomes.error]++
    return finish(bytes, state, Rcode.REFUSED, false)
  }
  counters[slot.outcomes.static]++
  if (fits(state, 13 + identity.length)) {
    let at = putU16(bytes, reply.at, 0xc000 | reply.owner)
    at = putU16(bytes, at, Type.TXT)
    at = putU16(bytes, at, Class.CH)
    at = putU32(bytes, at, 0)
    at = putU16(bytes, at, identity.length + 1)
    bytes[at++] = identity.length
    reply.at = putBytes(bytes, at, identity, identity.length)
    reply.answers++
  }
  return finish(bytes, state, Rcode.NOERROR, true)
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
