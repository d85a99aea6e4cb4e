// Asks an authority and reads what it says into words that do not depend on how it writes: names uncompressed and in lower case, no
// serials, no signatures but what they are for. Reads names with the code under test, which its own tests hold against others.
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { rcodeName, Type, typeName, typeNumber } from '../../src/wire/constants.ts'
import { decodeName, encodeName, formatName, lowerName } from '../../src/wire/name.ts'
import { formatRdata } from '../../src/wire/rdata.ts'
import { canonicalRdatas } from '../../src/zone/signing/canonical.ts'
import { typesIn } from '../../src/zone/signing/nsec.ts'

/** One record in words. */
export interface Said {
  readonly owner: string
  readonly type: string
  readonly ttl: number
  readonly data: string
}

export interface Heard {
  readonly rcode: string
  readonly flags: readonly string[]
  readonly answer: readonly Said[]
  readonly authority: readonly Said[]
  /** Without OPT. */
  readonly additional: readonly Said[]
  /** In its whole length. */
  readonly octets: number
}

export interface Question {
  readonly name: string
  readonly type: string
  readonly dnssecOk: boolean
}

/** Names in rdata that may be compressed (RFC 3597 section 4): octets before them, and how many there are. */
const compressed: ReadonlyMap<number, readonly [number, number]> = new Map([
  [Type.NS, [0, 1]],
  [Type.CNAME, [0, 1]],
  [Type.PTR, [0, 1]],
  [Type.SOA, [0, 2]],
  [Type.MX, [2, 1]],
  // RP, AFSDB and SRV must not be, and a name that is not reads the same.
  [Type.RP, [0, 2]],
  [Type.AFSDB, [2, 1]],
  [Type.SRV, [6, 1]],
])

const inFlight = 64
const patienceMs = 5_000
const flagBits = { aa: 0x400, tc: 0x200, rd: 0x100, ra: 0x80, ad: 0x20, cd: 0x10 }

/** Asks a server on a port of 127.0.0.1 all of these, over TCP again what was truncated; answers in the order of the questions. */
export async function askAll(port: number, questions: readonly Question[]): Promise<Heard[]> {
  const heard: Heard[] = []
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  try {
    for (let from = 0; from < questions.length; from += inFlight) {
      const batch = questions.slice(from, from + inFlight)
      const messages = await exchange(socket, port, batch.map(queryOf))
      for (const [index, message] of messages.entries()) {
        const whole =
          (message.readUInt16BE(2) & flagBits.tc) === 0 ? message : await askOverTcp(port, queryOf(batch[index], index))
        heard.push(readMessage(whole))
      }
    }
  } finally {
    socket.close()
  }
  return heard
}

function exchange(socket: Socket, port: number, queries: readonly Buffer[]): Promise<Buffer[]> {
  return new Promise((resolve, reject) => {
    const answers: Buffer[] = []
    let left = queries.length
    const late = setTimeout(() => {
      const missing = queries.find((_, index) => answers[index] === undefined)
      reject(new Error(`port ${port} does not answer ${missing?.toString('latin1')}`))
    }, patienceMs)
    socket.removeAllListeners('message').on('message', (message) => {
      answers[message.readUInt16BE(0)] = message
      left--
      if (left > 0) return
      clearTimeout(late)
      resolve(answers)
    })
    for (const query of queries) socket.send(query, port, '127.0.0.1')
  })
}

async function askOverTcp(port: number, query: Buffer): Promise<Buffer> {
  const socket = connect(port, '127.0.0.1')
  socket.end(Buffer.concat([Uint8Array.of(query.length >> 8, query.length & 255), query]))
  const parts: Buffer[] = []
  for await (const part of socket) parts.push(part as Buffer)
  return Buffer.concat(parts).subarray(2)
}

function queryOf({ name, type, dnssecOk }: Question, id: number): Buffer {
  const wire = encodeName(name)
  const number = typeNumber(type)
  if (wire === null || number === null) throw new Error(`${name} ${type} is no question`)
  const head = Buffer.alloc(12)
  head.writeUInt16BE(id, 0)
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(1, 10)
  const opt = Uint8Array.of(0, 0, 41, 1232 >> 8, 1232 & 255, 0, 0, dnssecOk ? 0x80 : 0, 0, 0, 0)
  return Buffer.concat([head, wire, Uint8Array.of(number >> 8, number & 255, 0, 1), opt])
}

function readMessage(message: Buffer): Heard {
  const bits = message.readUInt16BE(2)
  let at = nameAt(message, 12).next + 4
  const sections = [6, 8, 10].map((count) =>
    Array.from({ length: message.readUInt16BE(count) }, () => {
      const record = readRecord(message, at)
      at = record.next
      return record
    }).filter(({ type }) => type !== 'OPT'),
  )
  if (at !== message.length) throw new Error('octets after the last record')
  const [answer, authority, additional] = sections.map((section) =>
    section.map(({ owner, type, ttl, data }) => ({ owner, type, ttl, data })),
  )
  const flags = Object.entries(flagBits).flatMap(([flag, bit]) => ((bits & bit) === 0 ? [] : [flag]))
  return { rcode: rcodeName(bits & 15), flags, answer, authority, additional, octets: message.length }
}

function readRecord(message: Buffer, start: number): Said & { readonly next: number } {
  const { name, next } = nameAt(message, start)
  const type = message.readUInt16BE(next)
  const rdataAt = next + 10
  const end = rdataAt + message.readUInt16BE(next + 8)
  const ttl = type === Type.OPT ? 0 : message.readUInt32BE(next + 4)
  const rdata = expand(message, type, rdataAt, end)
  return { owner: formatName(lowerName(name)), type: typeName(type), ttl, data: textOf(type, rdata), next: end }
}

/** The rdata without pointers, its names in lower case. */
function expand(message: Buffer, type: number, start: number, end: number): Uint8Array {
  const [before, names] = compressed.get(type) ?? [0, 0]
  const parts: Uint8Array[] = [message.subarray(start, start + before)]
  let at = start + before
  for (let i = 0; i < names; i++) {
    const { name, next } = nameAt(message, at)
    parts.push(name)
    at = next
  }
  parts.push(message.subarray(at, end))
  const rdata = Buffer.concat(parts)
  // Their target keeps its case where it is signed (RFC 9460 section 2.2), but names no other host by it.
  if (type === Type.SVCB || type === Type.HTTPS) rdata.set(lowerName(nameAt(rdata, 2).name), 2)
  return canonicalRdatas(type, [rdata])[0]
}

function textOf(type: number, rdata: Uint8Array): string {
  const view = Buffer.from(rdata)
  if (type === Type.RRSIG) {
    const covered = typeName(view.readUInt16BE(0))
    return `${covered} ${rdata[2]} labels ${rdata[3]} ttl ${view.readUInt32BE(4)} key ${view.readUInt16BE(16)} ${formatName(rdata, 18)}`
  }
  if (type === Type.NSEC) {
    const { name, next } = nameAt(view, 0)
    return `${formatName(lowerName(name))} ${(typesIn(rdata, next) ?? [-1]).map(typeName).join(' ')}`
  }
  if (type === Type.SOA) return formatRdata(type, rdata).replace(/^(\S+ \S+) \d+/, '$1 serial')
  return formatRdata(type, rdata)
}

function nameAt(message: Uint8Array, at: number): { readonly name: Uint8Array; readonly next: number } {
  const decoded = decodeName(message, at)
  if (decoded === null) throw new Error('a name is malformed')
  return decoded
}
