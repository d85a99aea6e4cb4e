// Fuzzes `answer` as UDP and as TCP have it: what must hold of every answer to every packet. Knows no sockets.
import { answer, Transport } from '../../src/server/answer.ts'
import { Client } from '../../src/server/client.ts'
import { udpRoomBytes } from '../../src/server/door.ts'
import { needsSignature } from '../../src/server/answer.ts'
import type { State } from '../../src/server/state.ts'
import { fixtureWorld, fixtureZones } from '../conformance/fixture.ts'
import { newKey, signedWorld } from '../support/signed.ts'
import { records } from '../support/world.ts'
import { makePacket } from './packets.ts'
import type { Target } from './target.ts'
import { u16, Walk } from './walk.ts'

/** The most that is ever sent over UDP. */
const mostUdp = 1232
const knownOptions: ReadonlySet<number> = new Set([3, 8, 10, 11, 15])
const header = { qr: 0x8000, opcode: 0x7800, aa: 0x0400, tc: 0x0200, rd: 0x0100, ra: 0x0080, z: 0x0040, ad: 0x0020 }
const rcodes: ReadonlySet<number> = new Set([0, 1, 2, 3, 4, 5, 16, 23])
/** FORMERR, SERVFAIL, NOTIMP, REFUSED, BADVERS, BADCOOKIE: nothing was looked up, or nothing of it can be said. */
const errors: ReadonlySet<number> = new Set([1, 2, 4, 5, 16, 23])
const servfail = 2

/** @param signed one of the two zones is signed, and some of the other's aliases lead into it */
export function answerTarget(transport: 'udp' | 'tcp', signed = false): Target {
  const fuzzed = new FuzzedAnswer(transport === 'tcp', signed)
  const bytes = new Uint8Array(4096)
  return {
    make: (random) => {
      // The batch door drops what is longer.
      const length = makePacket(bytes, random)
      return bytes.subarray(0, transport === 'udp' ? Math.min(length, udpRoomBytes) : length)
    },
    check: (input) => fuzzed.check(input),
  }
}

class FuzzedAnswer {
  readonly #tcp: boolean
  /** Who gets the packet, and who gets what that hands on. */
  readonly #door: State
  readonly #signer: State | null
  readonly #room: Uint8Array
  readonly #again: Uint8Array
  readonly #client = new Client()
  readonly #walk = new Walk()
  #checked = 0

  constructor(tcp: boolean, signed: boolean) {
    this.#tcp = tcp
    if (signed) {
      // A table so small that signatures are missing again and again.
      const { door, signing } = signedWorld([newKey('ed25519')], { zones: signedZones() }, 1)
      this.#door = door
      this.#signer = signing
    } else {
      this.#door = fixtureWorld().state
      this.#signer = null
    }
    this.#room = new Uint8Array(tcp ? 65_535 : udpRoomBytes)
    this.#again = new Uint8Array(this.#room.length)
    this.#client.setFromText('198.51.100.9', 5353)
  }

  check(query: Uint8Array): string | null {
    const length = this.#answer(this.#room, query)
    if (length === needsSignature) return 'handover: another query than came'
    if (++this.#checked % 16 === 0) {
      const again = this.#answer(this.#again, query)
      if (again !== length || Buffer.compare(this.#room.subarray(0, length), this.#again.subarray(0, again)) !== 0) {
        return 'memory: the same query was answered in two ways'
      }
    }
    const asks = query.length >= 12 && (query[2] & 0x80) === 0
    if (!asks) return length === 0 ? null : 'silence: what asks nothing was answered'
    if (length === 0) return 'silence: a query got no answer'
    return this.#judge(query, this.#room, length)
  }

  /** What is answered in the end; needsSignature when a query that was handed on is not as it came. */
  #answer(room: Uint8Array, query: Uint8Array): number {
    const transport = this.#tcp ? Transport.tcp : Transport.udp
    room.set(query)
    const length = answer(room, query.length, this.#client, transport, this.#door)
    if (length !== needsSignature || this.#signer === null) return length
    if (!sameOctets(query, room, 0, query.length)) return needsSignature
    return answer(room, query.length, this.#client, transport, this.#signer)
  }

  #judge(query: Uint8Array, reply: Uint8Array, length: number): string | null {
    const walk = this.#walk
    const problem = walk.read(reply, length)
    if (problem !== null) return problem
    const { flags, counts } = walk
    const asked = readQuery(query)
    const limit = this.#tcp ? 65_535 : Math.min(mostUdp, asked.udpSize)
    if (length > limit) return `limit: ${length} octets of at most ${limit}`
    if (walk.id !== u16(query, 0)) return 'id: another one'
    if ((flags & header.qr) === 0) return 'flags: no QR'
    const kept = header.opcode | header.rd
    if ((flags & kept) !== (u16(query, 2) & kept)) return 'flags: opcode or RD changed'
    if ((flags & (header.ra | header.z | header.ad)) !== 0) return 'flags: RA, Z or AD'
    if (!rcodes.has(walk.rcode)) return `rcode: ${walk.rcode}`
    // What lacks a signature is handed on, if it is short enough for that.
    if (walk.rcode === servfail && (this.#signer === null || query.length <= udpRoomBytes)) return 'rcode: SERVFAIL'
    if (walk.opts > 1) return 'opt: more than one'
    if (asked.opts === 1 && walk.opts === 0) return 'opt: owed and missing'
    if (asked.opts === 0 && walk.opts === 1) return 'opt: nobody asked for it'
    if (counts[0] > 1) return 'question: more than one'
    if (counts[0] === 1 && !sameOctets(query, reply, 12, walk.questionEnd)) return 'question: another one'
    const failed = errors.has(walk.rcode)
    if (failed && ((flags & header.aa) !== 0 || counts[1] + counts[2] !== 0)) return 'error: it says something'
    // Without a question only a cookie can be asked for (RFC 7873 section 5.4), and nothing else is said.
    const bare = u16(query, 4) === 0 && walk.opts === 1 && counts[0] + counts[1] + counts[2] === 0
    if (!failed && counts[0] !== 1 && !bare) return 'question: missing'
    if ((flags & header.tc) !== 0 && counts[1] + counts[2] !== 0) return 'truncation: records were left'
    if (walk.rcode === 3 && (flags & header.tc) === 0 && walk.authoritySoas !== 1) return 'negative: without its SOA'
    return walk.opt < 0 ? null : optionProblem(query, reply, walk)
  }
}

function signedZones() {
  const [first, second] = fixtureZones
  const aliases = ['show1.play', 'plain', 'multi', 'nowhere'].map((to) =>
    records(`${to.replace('.', '-')}.${second.name}`, 5, 60, `${to}.${first.name}.`),
  )
  return [first, { ...second, staticRRsets: [...second.staticRRsets, ...aliases] }]
}

interface Asked {
  udpSize: number
  /** OPT records where they may be; -1 where the message cannot be read to its end or has one where none may be. */
  opts: number
  /** The data of the first client subnet option. */
  subnetAt: number
  subnetLength: number
}

const asked: Asked = { udpSize: 512, opts: 0, subnetAt: -1, subnetLength: 0 }

/** What a query says of EDNS, read without judging anything else of it. */
function readQuery(query: Uint8Array): Asked {
  asked.udpSize = 512
  asked.opts = -1
  asked.subnetAt = -1
  let at = 12
  let opts = 0
  let misplaced = false
  for (let left = u16(query, 4); left > 0; left--) {
    at = nameEnd(query, at) + 4
    if (at < 4 || at > query.length) return asked
  }
  for (let section = 1; section < 4; section++) {
    for (let left = u16(query, 4 + section * 2); left > 0; left--) {
      const fixed = nameEnd(query, at)
      if (fixed < 0 || fixed + 10 > query.length) return asked
      const end = fixed + 10 + u16(query, fixed + 8)
      if (end > query.length) return asked
      if (u16(query, fixed) === 41) {
        opts++
        if (section !== 3 || query[at] !== 0) misplaced = true
        asked.udpSize = Math.max(512, u16(query, fixed + 2))
        readSubnet(query, fixed + 10, end)
      }
      at = end
    }
  }
  if (!misplaced) asked.opts = opts
  return asked
}

function readSubnet(query: Uint8Array, start: number, end: number): void {
  for (let at = start; at + 4 <= end; at += 4 + u16(query, at + 2)) {
    if (u16(query, at) !== 8 || asked.subnetAt >= 0) continue
    asked.subnetAt = at + 4
    asked.subnetLength = u16(query, at + 2)
  }
}

/** Where a name ends, without following where it points; -1 outside the message, at a label of no known kind, or too long. */
function nameEnd(bytes: Uint8Array, start: number): number {
  for (let at = start; at < bytes.length && at - start < 255; at += bytes[at] + 1) {
    if (bytes[at] === 0) return at + 1
    if (bytes[at] >= 0xc0) return at + 2 <= bytes.length ? at + 2 : -1
    if (bytes[at] > 63) return -1
  }
  return -1
}

function optionProblem(query: Uint8Array, reply: Uint8Array, { opt, optEnd }: Walk): string | null {
  for (let at = opt + 10; at < optEnd; at += 4 + u16(reply, at + 2)) {
    const code = u16(reply, at)
    if (!knownOptions.has(code)) return `option: ${code}, which is none of ours`
    if (code !== 8) continue
    const length = u16(reply, at + 2)
    if (asked.subnetAt < 0 || length !== asked.subnetLength) return 'subnet: nobody sent it'
    for (let i = 0; i < length; i++) {
      if (i !== 3 && reply[at + 4 + i] !== query[asked.subnetAt + i]) return 'subnet: another one than was sent'
    }
    if (reply[at + 4 + 3] > (reply[at + 5] === 2 ? 128 : 32)) return 'subnet: a scope longer than its address'
  }
  return null
}

function sameOctets(a: Uint8Array, b: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (a[i] !== b[i]) return false
  return true
}
