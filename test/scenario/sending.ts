// From what a scenario asks to bytes, and how they are sent. Knows no expectations.
import { readAnswer, type AnswerText } from '../support/dns-answer.ts'
import { classNumbers, encodeQuery, encodeSubnet, typeNumber, type OptionSpec } from '../support/dns-query.ts'
import { framed, overTcp, overUdp, type Peers } from '../support/dns-talk.ts'
import { zone, type Sent } from './expectations.ts'
import type { Ask, Conversing } from './language.ts'

type Parts = Omit<Ask, 'via' | 'over' | 'from' | 'times'>

/** The message of an ask; `n` is what {n} stands for. */
export function messageOf(ask: Parts, tcp: boolean, n = 0): Sent {
  if (ask.hex !== undefined) {
    return { message: bytes(ask.hex), tcp, udpSize: null, opts: null, subnet: null, nsid: false }
  }
  const { name = '@', type = 'A', udpSize = 1232, version = 0, dnssecOk = false, nsid = false, opts = 1 } = ask
  const subnets = subnetsOf(ask, n)
  const options: OptionSpec[] = [
    ...subnets.map((data) => ({ code: 8, data })),
    ...Object.entries(ask.options ?? {}).map(([code, hex]) => ({ code: Number(code), data: bytes(hex) })),
    ...(nsid ? [{ code: 3, data: Buffer.alloc(0) }] : []),
  ]
  const said = options.length > 0 || [ask.udpSize, ask.version, ask.dnssecOk, ask.opts].some((one) => one !== undefined)
  const edns = ask.edns ?? said
  const message = encodeQuery({
    name: absolute(counted(name, n)),
    type: typeNumber(type),
    class: classNumbers[ask.class ?? 'IN'],
    opcode: ask.opcode,
    flags: ask.flags,
    edns: edns ? { udpSize, version, dnssecOk, options, records: opts } : undefined,
  })
  return { message, tcp, udpSize: edns ? udpSize : 512, opts: edns ? opts : 0, subnet: subnets.at(0) ?? null, nsid }
}

/** Where an ask goes to and comes from. */
export function peersOf({ over = 'ipv4', from }: Ask, port: number, n = 0): Peers {
  const address = over === 'ipv4' ? '127.0.0.1' : '::1'
  return { to: { address, port }, from: from === undefined ? undefined : counted(from, n) }
}

/** Sends a query and reads the answer. */
export async function exchange(sent: Sent, peers: Peers): Promise<AnswerText> {
  if (!sent.tcp) return readAnswer(await overUdp(sent.message, peers))
  const { answers } = await overTcp([framed(sent.message)], peers, 1, false)
  if (answers.length === 0) throw new Error('the server closed the connection without an answer')
  return readAnswer(answers[0])
}

/** The queries of a conversation as the chunks that are written. */
export function chunksOf(messages: readonly Buffer[], writes: Conversing['writes'] = 'each'): Buffer[] {
  const frames = messages.map(framed)
  switch (writes) {
    case 'one':
      return [Buffer.concat(frames)]
    case 'each':
      return frames
    case 'bytes':
      return Array.from(Buffer.concat(frames), (byte) => Buffer.from([byte]))
    case 'prefix':
      return frames.flatMap((frame) => [frame.subarray(0, 2), frame.subarray(2)])
  }
}

function subnetsOf({ subnet, ecs }: Parts, n: number): Buffer[] {
  const written = subnet === undefined ? [] : [encodeSubnet(counted(String(subnet), n))]
  return [...written, ...[ecs ?? []].flat().map(bytes)]
}

function absolute(name: string): string {
  if (name.endsWith('.')) return name
  return name === '@' ? zone : `${name}.${zone}`
}

/** {n} is n, {n/256} and {n%256} are its upper and lower octet. */
function counted(text: string, n: number): string {
  return text
    .replaceAll('{n}', String(n))
    .replaceAll('{n/256}', String(Math.floor(n / 256)))
    .replaceAll('{n%256}', String(n % 256))
}

function bytes(hex: string): Buffer {
  const digits = hex.replaceAll(/\s/g, '')
  if (!/^([\da-f]{2})*$/i.test(digits)) throw new Error(`${hex} is not hexadecimal`)
  return Buffer.from(digits, 'hex')
}
