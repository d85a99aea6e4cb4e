// Builds queries with dns-packet and reads answers back with it: an independent eye on what the spine writes.
import dnsPacket, { type Answer, type DecodedPacket, type OptAnswer } from 'dns-packet'
import { answer, Transport } from '../../src/server/answer.ts'
import { Client } from '../../src/server/client.ts'
import type { State } from '../../src/server/state.ts'

export interface Asked {
  readonly name: string
  readonly type?: string
  readonly class?: 'IN' | 'CH'
  /** `198.51.100.0/24`; `0.0.0.0/0` opts out. Left away: no option. */
  readonly subnet?: string
  readonly edns?: boolean
  readonly udpSize?: number
  readonly nsid?: boolean
  /** Data of an edns-tcp-keepalive option. */
  readonly keepalive?: Uint8Array
  readonly dnssecOk?: boolean
  /** Data of a COOKIE option, in hexadecimal digits. */
  readonly cookie?: string
  readonly resolver?: string
  readonly tcp?: boolean
}

export interface Reply {
  readonly length: number
  readonly bytes: Uint8Array
  readonly packet: DecodedPacket
  readonly rcode: string
  readonly answers: Answer[]
  /** Addresses or other data of the answer section, sorted. */
  readonly data: string[]
  readonly opt: OptAnswer | undefined
  /** Scope prefix-length of the echoed ECS option, or null. */
  readonly scope: number | null
  /** Data of the COOKIE option in hexadecimal digits, or null. */
  readonly cookie: string | null
}

/** The bytes of a query. */
export function query({
  name,
  type = 'A',
  class: ofClass = 'IN',
  subnet,
  edns,
  udpSize = 1232,
  nsid,
  keepalive,
  dnssecOk,
  cookie,
}: Asked): Buffer {
  const options: { code: string | number; [key: string]: unknown }[] = []
  if (subnet !== undefined) {
    const [ip, length] = subnet.split('/')
    options.push({ code: 'CLIENT_SUBNET', ip, sourcePrefixLength: Number(length), scopePrefixLength: 0 })
  }
  if (nsid) options.push({ code: 'NSID', data: Buffer.alloc(0) })
  if (keepalive) options.push({ code: 11, data: Buffer.from(keepalive) })
  if (cookie !== undefined) options.push({ code: 10, data: Buffer.from(cookie, 'hex') })
  const withEdns = edns ?? (options.length > 0 || dnssecOk === true)
  return dnsPacket.encode({
    type: 'query',
    id: 0x1234,
    flags: 0,
    // dns-packet spells a type it does not know by its number.
    questions: [{ type: (type === 'HTTPS' ? 'UNKNOWN_65' : type) as 'A', name, class: ofClass }],
    additionals: withEdns
      ? [
          {
            type: 'OPT',
            name: '.',
            udpPayloadSize: udpSize,
            flags: dnssecOk ? 0x8000 : 0,
            options,
          } as unknown as OptAnswer,
        ]
      : [],
  })
}

/** Sends bytes through the spine; null when it stays silent. */
export function send(
  state: State,
  packet: Uint8Array,
  { resolver = '192.0.2.200', tcp = false }: Partial<Asked> = {},
): Reply | null {
  const room = new Uint8Array(tcp ? 65535 : 4096)
  room.set(packet)
  const client = new Client()
  if (!client.setFromText(resolver, 5353)) throw new Error(`${resolver} is no address`)
  const length = answer(room, packet.length, client, tcp ? Transport.tcp : Transport.udp, state)
  return length === 0 ? null : read(room.subarray(0, length))
}

/** Asks one question; throws when there is no answer. */
export function ask(state: State, asked: Asked): Reply {
  const reply = send(state, query(asked), asked)
  if (reply === null) throw new Error('no answer')
  return reply
}

/** Reads an answer. */
export function read(bytes: Uint8Array): Reply {
  const packet = dnsPacket.decode(Buffer.from(bytes))
  const opt = packet.additionals?.find((record): record is OptAnswer => record.type === 'OPT')
  const answers = packet.answers ?? []
  const ecs = opt?.options.find(({ code }) => (code as unknown as number) === 8) as
    | { data?: Buffer; scopePrefixLength?: number }
    | undefined
  return {
    length: bytes.length,
    bytes,
    packet,
    rcode: (packet as unknown as { rcode: string }).rcode,
    answers,
    data: answers.map((record) => String((record as { data?: unknown }).data)).sort(),
    opt,
    cookie: optionOf(opt, 10)?.toString('hex') ?? null,
    scope: ecs ? (ecs.scopePrefixLength ?? ecs.data?.[3] ?? null) : null,
  }
}

function optionOf(opt: OptAnswer | undefined, wanted: number): Buffer | null {
  const option = opt?.options.find(({ code }) => (code as unknown as number) === wanted) as
    | { data?: Buffer }
    | undefined
  return option?.data ?? null
}
