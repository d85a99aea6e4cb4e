// The QUIC probe: an Initial of a version nobody speaks makes a server list the ones it does (RFC 9000 section 6), statelessly.
import { randomBytes } from 'node:crypto'
import type { QuicProbe } from '../model.ts'
import type { Outcome } from '../observation.ts'
import type { Trial } from './attempt.ts'
import { ProbeError } from './failure.ts'
import { getOverHttp3 } from './http3.ts'
import { askUdp } from './udp.ts'

/** A server answers no shorter first packet (RFC 9000 section 14.1). */
const packetBytes = 1200
const idBytes = 8
/** Of the pattern 0x?a?a?a?a, which no version ever has (RFC 9000 section 15). */
const unusedVersion = 0x1a2a_3a4a
/** Versions 1 (RFC 9000) and 2 (RFC 9369). */
const versions = new Map([
  [0x0000_0001, 'QUIC 1'],
  [0x6b33_43cf, 'QUIC 2'],
])

/** Asks which versions the node speaks, or for a path over HTTP/3. */
export function probeQuic(trial: Trial, { port, timeoutMs, get }: QuicProbe): Promise<Outcome> {
  if (get !== null) return getOverHttp3(trial, { ...get, port, timeoutMs })
  const ours = randomBytes(idBytes)
  const theirs = randomBytes(idBytes)
  const judge = (reply: Buffer): string => judgeNegotiation(reply, ours, theirs)
  return askUdp(trial, { port, timeoutMs, message: unknownInitial(ours, theirs), answer: 'version negotiation', judge })
}

// A long header, of which every version keeps this much (RFC 8999 section 5.1):
//   flags (1) · version (4) · length, destination connection ID · length, source connection ID
function unknownInitial(ours: Buffer, theirs: Buffer): Buffer {
  const packet = randomBytes(packetBytes)
  packet[0] = 0b1100_0000
  packet.writeUInt32BE(unusedVersion, 1)
  packet[5] = idBytes
  theirs.copy(packet, 6)
  packet[6 + idBytes] = idBytes
  ours.copy(packet, 7 + idBytes)
  return packet
}

/** A Version Negotiation packet is such a header of version 0, the IDs swapped, then versions (RFC 8999 section 6). */
function judgeNegotiation(reply: Buffer, ours: Buffer, theirs: Buffer): string {
  const list = 7 + 2 * idBytes
  if (reply.length < list || (reply[0] & 0x80) === 0 || reply.readUInt32BE(1) !== 0)
    throw new ProbeError('protocol', `${reply.length} bytes that are no version negotiation`)
  const swapped =
    reply[5] === idBytes &&
    reply[6 + idBytes] === idBytes &&
    reply.subarray(6, 6 + idBytes).equals(ours) &&
    reply.subarray(7 + idBytes, list).equals(theirs)
  if (!swapped) throw new ProbeError('protocol', 'a version negotiation for somebody else')
  if (reply.length === list || (reply.length - list) % 4 !== 0)
    throw new ProbeError('protocol', 'a version negotiation without a list of versions')
  const offered = Array.from({ length: (reply.length - list) / 4 }, (_, at) => reply.readUInt32BE(list + at * 4))
  const spoken = offered.flatMap((version) => versions.get(version) ?? [])
  if (spoken.length === 0) throw new ProbeError('protocol', 'neither version 1 nor 2 of QUIC is offered')
  return spoken.join(', ')
}
