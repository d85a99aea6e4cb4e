// Makes a question with EDNS Client Subnet and reads what comes back, whoever sent it. Knows no socket and no screen.
import { Packet } from 'dns2'
import { formatAddress } from '../ip/address.ts'
import type { Prefix } from '../ip/prefix.ts'
import { OptionCode, Type } from '../wire/constants.ts'
import { addEcs, addNsid, beginOpt, endOpt } from '../wire/edns.ts'
import { Ecs, parseEcs } from '../wire/ecs.ts'
import { getU16, putU16 } from '../wire/header.ts'
import { skipName } from '../wire/name.ts'
import { headerLength } from '../wire/triage.ts'
import { readRecords, type Sections } from './dns-records.ts'

/** What is asked. */
export interface Question {
  readonly name: string
  readonly type: number
  /** The client to ask for, or null to be taken for the resolver that asks. */
  readonly subnet: Prefix | null
  /** Asks for signatures too. */
  readonly dnssecOk?: boolean
  /** Asks a resolver to find the answer. */
  readonly recurse?: boolean
}

/** What an answer's OPT record says. */
export interface Edns {
  readonly udpSize: number
  readonly subnet: { readonly text: string; readonly source: number; readonly scope: number } | null
  readonly nsid: Uint8Array | null
  readonly errors: readonly { readonly code: number; readonly text: string }[]
}

/** An answer, whose records end before the first that cannot be read. */
export interface Reply extends Sections {
  readonly rcode: number
  readonly authoritative: boolean
  readonly truncated: boolean
  readonly octets: number
  /** What could not be read, in words. */
  readonly flaws: readonly string[]
  readonly edns: Edns | null
}

/** A query packet that asks for the server's identity too. */
export function encodeQuestion(
  { name, type, subnet, dnssecOk = false, recurse = false }: Question,
  id: number,
): Uint8Array {
  const packet = new Packet()
  packet.header = new Packet.Header({ id, rd: recurse ? 1 : 0 })
  packet.questions.push(new Packet.Question(name, type, Packet.CLASS.IN))
  const question = packet.toBuffer()
  // dns2 writes no NSID, so the OPT record is ours.
  const bytes = new Uint8Array(question.length + 64)
  bytes.set(question)
  putU16(bytes, 10, 1)
  let at = addNsid(bytes, beginOpt(bytes, question.length, 0, dnssecOk), new Uint8Array(0))
  if (subnet) at = addEcs(bytes, at, ecsOf(subnet), 0)
  endOpt(bytes, question.length, at)
  return bytes.subarray(0, at)
}

/** Whether a packet answers the question that was sent with this id. */
export function isReplyTo(bytes: Uint8Array, id: number): boolean {
  return bytes.length >= headerLength && getU16(bytes, 0) === id && (bytes[2] & 0x80) !== 0
}

/** Reads an answer. What cannot be read is named in `flaws`. */
export function decodeReply(bytes: Uint8Array): Reply {
  const { header, errors } = Packet.parse(Buffer.from(bytes))
  const { answers, authorities, additionals } = readRecords(bytes)
  const opt = findOpt(bytes)
  return {
    rcode: (header.rcode & 15) | (opt ? bytes[opt.at + 5] << 4 : 0),
    authoritative: header.aa === 1,
    truncated: header.tc === 1,
    octets: bytes.length,
    answers,
    authorities,
    additionals: additionals.filter(({ type }) => type !== Type.OPT),
    // dns2 refuses the OPT record when the address of its ECS has an odd number of octets; we read it ourselves below.
    flaws: errors.filter(({ offset }) => offset === undefined || offset !== opt?.at).map(({ message }) => message),
    edns: opt && readOpt(bytes, opt),
  }
}

interface Span {
  /** Offset of the record's owner. */
  readonly at: number
  readonly data: number
  readonly end: number
}

/** The OPT record, wherever dns2 gave up. */
function findOpt(bytes: Uint8Array): Span | null {
  let at = headerLength
  for (let left = getU16(bytes, 4); left > 0 && at >= 0; left--) {
    at = skipName(bytes, at, bytes.length)
    if (at >= 0) at += 4
  }
  let left = getU16(bytes, 6) + getU16(bytes, 8) + getU16(bytes, 10)
  for (; left > 0 && at >= 0; left--) {
    const fixed = skipName(bytes, at, bytes.length)
    if (fixed < 0 || fixed + 10 > bytes.length) return null
    const data = fixed + 10
    const end = data + getU16(bytes, fixed + 8)
    if (end > bytes.length) return null
    if (getU16(bytes, fixed) === Type.OPT && fixed === at + 1) return { at, data, end }
    at = end
  }
  return null
}

function readOpt(bytes: Uint8Array, opt: Span): Edns {
  let subnet: Edns['subnet'] = null
  let nsid: Uint8Array | null = null
  const errors: { code: number; text: string }[] = []
  for (let at = opt.data; at + 4 <= opt.end;) {
    const code = getU16(bytes, at)
    const data = bytes.subarray(at + 4, Math.min(opt.end, at + 4 + getU16(bytes, at + 2)))
    if (code === OptionCode.ECS) subnet = readSubnet(data)
    else if (code === OptionCode.NSID) nsid = data
    else if (code === OptionCode.EDE && data.length >= 2) {
      errors.push({ code: getU16(data, 0), text: new TextDecoder().decode(data.subarray(2)) })
    }
    at += 4 + getU16(bytes, at + 2)
  }
  return { udpSize: getU16(bytes, opt.at + 3), subnet, nsid, errors }
}

function readSubnet(data: Uint8Array): Edns['subnet'] {
  if (data.length < 4) return null
  const address = new Uint8Array(getU16(data, 0) === 1 ? 4 : 16)
  address.set(data.subarray(4, 4 + address.length))
  return { text: formatAddress(address), source: data[2], scope: data[3] }
}

function ecsOf({ family, bytes, length }: Prefix): Ecs {
  const data = Uint8Array.of(0, family === 4 ? 1 : 2, length, 0, ...bytes.subarray(0, (length + 7) >> 3))
  const ecs = new Ecs()
  parseEcs(data, 0, data.length, ecs)
  return ecs
}
