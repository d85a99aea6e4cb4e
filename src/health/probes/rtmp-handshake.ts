// The packets of RTMP's handshake, as a client sends and judges them. Bytes in, bytes out; knows no socket.
//
//   C0 version (1) · C1 time (4) zero (4) random (1528) ─▶
//                  ◀─ S0 version (1) · S1 time (4) zero or version (4) random (1528) · S2 what C1 was (1536)
//   C2 what S1 was (1536) ─▶
//
// A server that answers with digests does not repeat C1; what shows that it is one is the digest inside its S1.
import { createHmac, randomBytes } from 'node:crypto'
import { ProbeError } from './failure.ts'

const version = 3
export const packetBytes = 1536
const randomAt = 8
const digestBytes = 32
/** A digest lies somewhere in one of two stretches: how far in is the sum of four bytes before it, modulo this. */
const digestSpread = 728
const digestStretches = [8, 772] as const
/** What every server signs with; it is in every client. */
const serverKey = 'Genuine Adobe Flash Media Server 001'

/** C0 and C1, without digest: every server takes that. */
export function clientHello(): Buffer {
  const hello = Buffer.alloc(1 + packetBytes)
  hello[0] = version
  randomBytes(packetBytes - randomAt).copy(hello, 1 + randomAt)
  return hello
}

/**
 * How the server answered, in a word.
 * @param hello C0 and C1
 * @param answer S0, S1 and S2
 * @throws ProbeError protocol
 */
export function judgeServerHello(hello: Buffer, answer: Buffer): 'plain' | 'digest' {
  checkVersion(answer[0])
  const s1 = answer.subarray(1, 1 + packetBytes)
  const s2 = answer.subarray(1 + packetBytes)
  if (s2.subarray(randomAt).equals(hello.subarray(1 + randomAt))) return 'plain'
  if (digestStretches.some((stretch) => holdsDigest(s1, stretch))) return 'digest'
  throw new ProbeError('protocol', 'S2 does not repeat C1, and S1 has no digest')
}

/** @throws ProbeError protocol, so that whoever speaks something else is not waited for */
export function checkVersion(s0: number): void {
  if (s0 !== version) throw new ProbeError('protocol', `RTMP version ${s0}, expected ${version}`)
}

function holdsDigest(s1: Buffer, stretch: number): boolean {
  const sum = s1[stretch] + s1[stretch + 1] + s1[stretch + 2] + s1[stretch + 3]
  const at = stretch + 4 + (sum % digestSpread)
  const rest = Buffer.concat([s1.subarray(0, at), s1.subarray(at + digestBytes)])
  const digest = createHmac('sha256', serverKey).update(rest).digest()
  return digest.equals(s1.subarray(at, at + digestBytes))
}
