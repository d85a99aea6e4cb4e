// Reads answers with dns-packet into words that can be compared: an independent eye on what Nearcast writes.
import dnsPacket, { type Answer as Packed, type DecodedPacket, type OptAnswer } from 'dns-packet'
import { flagBits, type OptionSpec } from './dns-query.ts'

/** One record in words. */
export interface RecordText {
  /** As in the message, with the final dot. */
  readonly owner: string
  readonly type: string
  readonly ttl: number
  readonly data: string
}

export interface AnswerText {
  readonly bytes: Buffer
  readonly id: number
  readonly opcode: number
  /** Set in the header, in the order of the header. */
  readonly flags: readonly string[]
  readonly rcode: string
  /** The question's bytes; empty when there is none. */
  readonly question: Buffer
  readonly answers: readonly RecordText[]
  readonly authority: readonly RecordText[]
  /** Without the OPT record. */
  readonly additional: readonly RecordText[]
  readonly opts: readonly OptText[]
  /** Bytes behind the last record. */
  readonly trailing: number
}

export interface OptText {
  readonly udpSize: number
  readonly version: number
  readonly dnssecOk: boolean
  readonly options: readonly OptionSpec[]
}

const rcodes: Readonly<Record<number, string>> = {
  0: 'NOERROR',
  1: 'FORMERR',
  2: 'SERVFAIL',
  3: 'NXDOMAIN',
  4: 'NOTIMP',
  5: 'REFUSED',
  16: 'BADVERS',
  23: 'BADCOOKIE',
}

/** Reads an answer; throws where it cannot be read. */
export function readAnswer(bytes: Buffer): AnswerText {
  const packet = dnsPacket.decode(bytes)
  const trailing = bytes.length - dnsPacket.decode.bytes
  const bits = bytes.readUInt16BE(2)
  const additionals = packet.additionals ?? []
  const opts = additionals.filter((record): record is OptAnswer => record.type === 'OPT')
  const rcode = (bits & 15) | ((opts[0]?.extendedRcode ?? 0) << 4)
  return {
    bytes,
    id: bytes.readUInt16BE(0),
    opcode: (bits >>> 11) & 15,
    flags: Object.keys(flagBits).filter((flag) => (bits & flagBits[flag]) !== 0),
    rcode: rcodes[rcode] ?? `RCODE${rcode}`,
    question: bytes.subarray(12, 12 + questionLength(bytes, packet)),
    answers: (packet.answers ?? []).map(recordText),
    authority: (packet.authorities ?? []).map(recordText),
    additional: additionals.filter((record) => record.type !== 'OPT').map(recordText),
    opts: opts.map(optText),
    trailing,
  }
}

function questionLength(bytes: Buffer, packet: DecodedPacket): number {
  if ((packet.questions ?? []).length === 0) return 0
  let at = 12
  while (bytes[at] !== 0) at += bytes[at] + 1
  return at + 5 - 12
}

function recordText(record: Packed): RecordText {
  const { name, ttl = 0 } = record as { name: string; ttl?: number }
  const type = (record.type as string) === 'UNKNOWN_65' ? 'HTTPS' : record.type
  return { owner: name === '.' ? '.' : `${name}.`, type, ttl, data: dataText(record) }
}

function dataText(record: Packed): string {
  if (record.type === 'A') return record.data
  if (record.type === 'AAAA') return plainV6(record.data)
  if (record.type === 'CNAME' || record.type === 'NS') return `${record.data}.`
  if (record.type === 'TXT')
    return [record.data]
      .flat()
      .map((part) => `"${String(part)}"`)
      .join(' ')
  if (record.type === 'CAA') return `${record.data.flags ?? 0} ${record.data.tag} "${record.data.value}"`
  if (record.type === 'MX') return `${record.data.preference} ${record.data.exchange}.`
  if (record.type === 'HINFO') return `"${record.data.cpu}" "${record.data.os}"`
  if (record.type === 'SRV') {
    const { priority, weight, port, target } = record.data
    return `${priority} ${weight} ${port} ${target}.`
  }
  if (record.type === 'SOA') {
    const { mname, rname, serial, refresh, retry, expire, minimum } = record.data
    return `${mname}. ${rname}. ${serial} ${refresh} ${retry} ${expire} ${minimum}`
  }
  if (record.type === 'DS') {
    const { keyTag, algorithm, digestType, digest } = record.data
    return `${keyTag} ${algorithm} ${digestType} ${digest.toString('hex')}`
  }
  if (record.type === 'RRSIG') {
    // Times and the signature itself are another thing every time; whoever wants to know whether they are good asks a validator.
    const { typeCovered, algorithm, labels, originalTTL, signersName } = record.data
    return `${typeCovered} ${algorithm} ${labels} ${originalTTL} ${signersName}.`
  }
  if (record.type === 'NSEC') return `${record.data.nextDomain}. ${record.data.rrtypes.join(' ')}`
  const { data } = record as unknown as { data: Buffer }
  if ((record.type as string) === 'UNKNOWN_65') return httpsText(data)
  return Buffer.isBuffer(data) ? `\\# ${data.length} ${data.toString('hex')}` : JSON.stringify(data)
}

/** An IPv6 address in the one spelling that URL gives it. */
function plainV6(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1)
}

function httpsText(data: Buffer): string {
  const target = data[2] === 0 ? '.' : '?'
  const parameters = httpsParameters(data).map(([key, value]) => {
    if (key === 1) return `alpn=${protocols(value).join()}`
    if (key === 3) return `port=${value.readUInt16BE(0)}`
    if (key === 4) return `ipv4hint=${addresses(value, 4).toSorted().join()}`
    if (key === 6) return `ipv6hint=${addresses(value, 16).toSorted().join()}`
    return `key${key}=${value.toString('hex')}`
  })
  return [data.readUInt16BE(0), target, ...parameters].join(' ')
}

/** Keys and values of a record whose target is the root, in its order. */
function httpsParameters(data: Buffer): [number, Buffer][] {
  const found: [number, Buffer][] = []
  for (let at = 3; at < data.length;) {
    const end = at + 4 + data.readUInt16BE(at + 2)
    found.push([data.readUInt16BE(at), data.subarray(at + 4, end)])
    at = end
  }
  return found
}

function protocols(value: Buffer): string[] {
  const names: string[] = []
  for (let at = 0; at < value.length; at += value[at] + 1)
    names.push(value.toString('latin1', at + 1, at + 1 + value[at]))
  return names
}

function addresses(value: Buffer = Buffer.alloc(0), size: number): string[] {
  return Array.from({ length: value.length / size }, (_, index) =>
    addressText(value.subarray(index * size, (index + 1) * size)),
  )
}

function addressText(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.')
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16))
  return plainV6(groups.join(':'))
}

function optText(opt: OptAnswer): OptText {
  const options = opt.options.map((option) => {
    const { code, data } = option as unknown as { code: number; data?: Buffer }
    return { code, data: data ?? Buffer.alloc(0) }
  })
  return { udpSize: opt.udpPayloadSize, version: opt.ednsVersion, dnssecOk: opt.flag_do, options }
}
