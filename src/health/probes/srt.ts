// The SRT probe: the induction phase of the handshake (draft-sharabayko-srt-01 section 4.3.1.1), for which a listener keeps no state.
import { randomBytes } from 'node:crypto'
import type { SrtProbe } from '../model.ts'
import type { Outcome } from '../observation.ts'
import type { Trial } from './attempt.ts'
import { ProbeError } from './failure.ts'
import { askUdp } from './udp.ts'

// A handshake packet: 16 bytes of header, 48 of handshake, all in 32-bit words.
//
//    0 0x8000 control, handshake · 4 0 · 8 timestamp · 12 destination socket
//   16 version · 20 encryption, extension · 24 first sequence number · 28 MTU · 32 flow window
//   36 type · 40 our socket · 44 cookie · 48 peer address (16 bytes)
const packetBytes = 64
const controlHandshake = 0x8000_0000
const induction = 1
/** What a caller sends, as UDT did, and what a listener that speaks SRT answers. */
const asked = { version: 4, extension: 2 } as const
const answered = { version: 5, extension: 0x4a17 } as const

/** Asks for a cookie and does not come back with it. */
export function probeSrt(trial: Trial, { port, timeoutMs }: SrtProbe): Promise<Outcome> {
  const socketId = randomBytes(4).readUInt32BE() >>> 2 || 1
  const judge = (reply: Buffer): string => judgeInduction(reply, socketId)
  return askUdp(trial, { port, timeoutMs, message: inductionRequest(socketId), answer: 'an SRT handshake', judge })
}

function inductionRequest(socketId: number): Buffer {
  const packet = Buffer.alloc(packetBytes)
  packet.writeUInt32BE(controlHandshake, 0)
  packet.writeUInt32BE(asked.version, 16)
  packet.writeUInt16BE(asked.extension, 22)
  packet.writeUInt32BE(randomBytes(4).readUInt32BE() >>> 1, 24)
  packet.writeUInt32BE(1500, 28)
  packet.writeUInt32BE(8192, 32)
  packet.writeUInt32BE(induction, 36)
  packet.writeUInt32BE(socketId, 40)
  return packet
}

function judgeInduction(reply: Buffer, socketId: number): string {
  if (reply.length < packetBytes || reply.readUInt32BE(0) !== controlHandshake)
    throw new ProbeError('protocol', `${reply.length} bytes that are no SRT handshake`)
  const [version, extension, type] = [reply.readUInt32BE(16), reply.readUInt16BE(22), reply.readUInt32BE(36)]
  if (reply.readUInt32BE(12) !== socketId) throw new ProbeError('protocol', 'an SRT handshake for somebody else')
  if (type !== induction) throw new ProbeError('protocol', `handshake type ${type}, expected ${induction}, induction`)
  if (version !== answered.version || extension !== answered.extension)
    throw new ProbeError('protocol', `handshake version ${version}, expected SRT's ${answered.version}`)
  return `version ${version}`
}
