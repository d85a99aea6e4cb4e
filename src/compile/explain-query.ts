// A query as a resolver would send it for a client, for explain to ask. Knows the message layout only.
import { Class, OptionCode, Type } from '../wire/constants.ts'
import { ourUdpSize } from '../wire/edns.ts'
import { putBytes, putU16, writeCounts } from '../wire/header.ts'
import { encodeName } from '../wire/name.ts'

const room = 4096

/** A query with the client's whole address in ECS, in a buffer with room for the answer; null when the name is none. */
export function encodeQuery(
  name: string,
  type: number,
  client: Uint8Array,
): { bytes: Uint8Array; length: number } | null {
  const qname = encodeName(name)
  if (qname === null) return null
  const bytes = new Uint8Array(room)
  writeCounts(bytes, 1, 0, 0, 1)
  let at = putBytes(bytes, 12, qname, qname.length)
  at = putU16(bytes, putU16(bytes, at, type), Class.IN)
  bytes[at++] = 0
  at = putU16(bytes, putU16(bytes, at, Type.OPT), ourUdpSize)
  at += 4
  at = putU16(bytes, at, 8 + client.length)
  at = putU16(bytes, putU16(bytes, at, OptionCode.ECS), 4 + client.length)
  at = putU16(bytes, at, client.length === 4 ? 1 : 2)
  bytes[at++] = client.length * 8
  bytes[at++] = 0
  return { bytes, length: putBytes(bytes, at, client, client.length) }
}
