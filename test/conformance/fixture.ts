// The zones that all conformance tests ask, and how they ask: in process, or over real sockets. Knows no RFC.
import { Doors } from '../../src/server/doors.ts'
import { answer, Transport } from '../../src/server/answer.ts'
import { Client } from '../../src/server/client.ts'
import type { State } from '../../src/server/state.ts'
import { createCounters } from '../../src/telemetry/counters.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { Type } from '../../src/wire/constants.ts'
import type { Zone } from '../../src/zone/model.ts'
import { readAnswer, type AnswerText, type OptText } from '../support/dns-answer.ts'
import { classNumbers, encodeQuery, encodeSubnet, typeNumber, type OptionSpec } from '../support/dns-query.ts'
import { makeWorld, name, records, zone, type World } from '../support/world.ts'
import { u16, Walk } from '../fuzz/walk.ts'

const second = 'example.org'
const more = [
  records('multi.live.example.net', Type.A, 300, '192.0.2.201', '192.0.2.202', '192.0.2.203'),
  records('chain1.live.example.net', Type.CNAME, 60, 'chain2.live.example.net.'),
  records('chain2.live.example.net', Type.CNAME, 61, 'multi.live.example.net.'),
  records('lost.live.example.net', Type.CNAME, 62, 'nowhere.live.example.net.'),
  records('typeless.live.example.net', Type.CNAME, 62, 'mail.live.example.net.'),
  records('away.live.example.net', Type.CNAME, 60, 'www.example.com.'),
  records('loop1.live.example.net', Type.CNAME, 60, 'loop2.live.example.net.'),
  records('loop2.live.example.net', Type.CNAME, 60, 'loop1.live.example.net.'),
  records('mail.live.example.net', Type.MX, 300, '10 multi.live.example.net.'),
  records('text.live.example.net', Type.TXT, 300, '"first" "second"'),
  records('_sip._tcp.live.example.net', Type.SRV, 300, '1 2 5060 multi.live.example.net.'),
  records('opaque.live.example.net', 65_280, 300, '\\# 8 c00c0000c0de0001'),
  records('generic.live.example.net', Type.A, 300, '\\# 4 c0000207'),
  records('alias.live.example.net', Type.HTTPS, 300, '0 show1.play.live.example.net.'),
  records(
    'bound.live.example.net',
    Type.SVCB,
    300,
    '1 multi.live.example.net. port=8443 alpn=h2,h3 ipv4hint=192.0.2.201',
  ),
  records('own.live.example.net', Type.HTTPS, 300, '1 . alpn=h2'),
  records('own.live.example.net', Type.AAAA, 300, '2001:db8::7'),
  records('led.live.example.net', Type.HTTPS, 300, '0 own.live.example.net.'),
  records(
    'hosts.live.example.net',
    Type.MX,
    300,
    '1 multi.live.example.net.',
    '2 MULTI.live.example.net.',
    '3 play.live.example.net.',
  ),
  records(
    'hosts.live.example.net',
    Type.SRV,
    300,
    '0 0 1 own.live.example.net.',
    '0 0 1 ns1.partner.live.example.net.',
  ),
  records('partner.live.example.net', Type.NS, 300, 'ns1.partner.live.example.net.', 'ns.example.com.'),
  records('partner.live.example.net', Type.DS, 301, `4711 13 2 ${'0f'.repeat(32)}`),
  records('ns1.partner.live.example.net', Type.A, 302, '192.0.2.99'),
  records('ns1.partner.live.example.net', Type.AAAA, 302, '2001:db8::99'),
  records('theirs.live.example.net', Type.CNAME, 60, 'www.partner.live.example.net.'),
  records('*.cname.live.example.net', Type.CNAME, 60, 'multi.live.example.net.'),
]

/** The zone of RFC 4592 section 2.2.1, and a name whose servers' addresses do not fit 512 octets. */
const servers = Array.from({ length: 9 }, (_, i) => `ns${i}.${second}`)
const wildcards = [
  records(second, Type.NS, 3600, ...servers.map((server) => `${server}.`)),
  ...servers.map((server, i) => records(server, Type.A, 3600, `203.0.113.${i}`)),
  ...servers.map((server, i) => records(server, Type.AAAA, 3600, `2001:db8:53::${i}`)),
  records(`*.${second}`, Type.TXT, 3600, '"this is a wildcard"'),
  records(`*.${second}`, Type.MX, 3600, `10 host1.${second}.`),
  records(`sub.*.${second}`, Type.TXT, 3600, '"this is not a wildcard"'),
  records(`host1.${second}`, Type.A, 3600, '192.0.2.1'),
  records(`_ssh._tcp.host1.${second}`, Type.SRV, 3600, `0 0 22 host1.${second}.`),
  records(`_ssh._tcp.host2.${second}`, Type.SRV, 3600, `0 0 22 host2.${second}.`),
  records(`subdel.${second}`, Type.NS, 3600, 'ns.example.com.', 'ns.example.net.'),
]

export const fixtureZones: readonly Zone[] = [
  { ...zone, staticRRsets: [...zone.staticRRsets, ...more] },
  { ...zone, name: second, apex: name(second), staticRRsets: wildcards, steeredNames: [] },
]

/** A world of its own, for tests that change it. */
export function fixtureWorld(): World {
  return makeWorld({ zones: [...fixtureZones] })
}

export const shared = fixtureWorld()

export interface Asked {
  /** Without the final dot; empty for the root. */
  readonly name: string
  readonly type?: string
  readonly class?: string
  readonly id?: number
  readonly opcode?: number
  readonly flags?: readonly string[]
  /** `true` for an OPT record without anything; any part of it makes one. */
  readonly edns?: boolean
  readonly udpSize?: number
  readonly version?: number
  readonly dnssecOk?: boolean
  readonly options?: readonly OptionSpec[]
  readonly subnet?: string
  readonly opts?: number
}

/** An answer that a strict reader read to its last octet. */
export interface Message extends AnswerText {
  /** Questions, answers, authorities, additionals, as the header has them. */
  readonly counts: readonly number[]
  readonly opt: OptText | null
  /** Extended errors: code and text. */
  readonly errors: readonly (readonly [number, string])[]
}

/** The octets of a query. */
export function queryOf(asked: Asked): Buffer {
  const { type = 'A', udpSize = 1232, version = 0, dnssecOk = false, subnet, opts = 1 } = asked
  const options = [...(asked.options ?? []), ...(subnet === undefined ? [] : [{ code: 8, data: encodeSubnet(subnet) }])]
  const parts = [asked.udpSize, asked.version, asked.dnssecOk, asked.opts, asked.edns]
  const edns = options.length > 0 || parts.some((part) => part !== undefined && part !== false)
  return encodeQuery({
    name: asked.name,
    type: typeNumber(type),
    class: classNumbers[asked.class ?? 'IN'],
    id: asked.id,
    opcode: asked.opcode,
    flags: asked.flags,
    edns: edns ? { udpSize, version, dnssecOk, options, records: opts } : undefined,
  })
}

interface Via {
  readonly state?: State
  readonly tcp?: boolean
  readonly from?: string
}

/** What octets are answered, or null. */
export function send(query: Uint8Array, via: Via = {}): Message | null {
  const { state = shared.state, tcp = false, from = '198.51.100.9' } = via
  const room = new Uint8Array(tcp ? 65_535 : 1536)
  room.set(query)
  const client = new Client()
  if (!client.setFromText(from, 5353)) throw new Error(`${from} is no address`)
  const length = answer(room, query.length, client, tcp ? Transport.tcp : Transport.udp, state)
  return length === 0 ? null : messageOf(Buffer.from(room.subarray(0, length)))
}

/** The answer to one question, in process. */
export function ask(asked: Asked, via?: Via): Message {
  const message = send(queryOf(asked), via)
  if (message === null) throw new Error('no answer')
  return message
}

/** Reads an answer; throws where it is not strictly one. */
export function messageOf(bytes: Buffer): Message {
  const problem = new Walk().read(bytes, bytes.length)
  if (problem !== null) throw new Error(`${problem}: ${bytes.toString('hex')}`)
  const text = readAnswer(bytes)
  const opt = text.opts.at(0) ?? null
  const errors = (opt?.options ?? [])
    .filter(({ code }) => code === 15)
    .map(({ data }) => [data.readUInt16BE(0), data.toString('utf8', 2)] as const)
  return { ...text, counts: [4, 6, 8, 10].map((at) => u16(bytes, at)), opt, errors }
}

export interface Served {
  readonly address: string
  readonly port: number
  stop(): Promise<void>
}

/** The same zones behind the real doors, in their threads, UDP and TCP on a free port of 127.0.0.1. */
export async function serve(): Promise<Served> {
  const world = fixtureWorld()
  const doors = await Doors.open({
    listen: [{ address: '127.0.0.1', port: 0 }],
    identity: 'conformance-1',
    version: null,
    udpThreads: 1,
    words: world.words,
    protection: world.protection,
    newCounters: () => createCounters(world.words.length / 2),
    log: createLogger({ level: 'silent' }),
  })
  await doors.publish(world.published)
  const [{ address, port }] = doors.bound
  return { address, port, stop: () => doors.stop() }
}
