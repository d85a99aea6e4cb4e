// A million random and mutated packets through parseQuery: it always returns, from what is inside the packet alone.
import { describe, expect, it } from 'vitest'
import { encodeName } from '../../src/wire/name.ts'
import { Parsed, parseQuery, Query } from '../../src/wire/query.ts'

const room = 600

/** A small seeded generator of 32-bit numbers, as a million packets from fast-check would take minutes. */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
}

/** Queries to start from: each kind of thing that parseQuery reads. */
const seeds = (() => {
  const header = (ns: number, ar: number) => [0, 1, 1, 0, 0, 1, 0, 0, 0, ns, 0, ar]
  const name = [...(encodeName('Show1.play.live.example.net') ?? [])]
  const long = [...Array.from({ length: 127 }, () => [1, 0x41]).flat(), 0]
  const opt = (...options: number[]) => [
    0,
    0,
    41,
    4,
    208,
    0,
    0,
    0x80,
    0,
    options.length >> 8,
    options.length & 255,
    ...options,
  ]
  const v4 = [0, 8, 0, 7, 0, 1, 24, 0, 198, 51, 100]
  const v6 = [0, 8, 0, 11, 0, 2, 56, 0, 0x20, 1, 0x0d, 0xb8, 0, 0, 1]
  const nsid = [0, 3, 0, 0]
  const cookie = [0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8]
  const withoutQuestion = [0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1]
  const soa = [0xc0, 12, 0, 6, 0, 1, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4]
  return [
    [...header(0, 0), ...name, 0, 1, 0, 1],
    [...header(0, 1), ...name, 0, 28, 0, 1, ...opt(...v4, ...nsid)],
    [...header(0, 1), ...name, 0, 65, 0, 1, ...opt(...nsid, ...v6, ...v4)],
    [...header(0, 2), ...long, 0, 1, 0, 1, ...opt(...v6), ...soa],
    [...header(1, 1), ...name, 0, 251, 0, 1, ...soa, ...opt()],
    [...header(0, 1), 0, 0, 2, 0, 1, ...opt(0, 8, 0, 4, 0, 0, 0, 0)],
    [...header(0, 1), 0, 0, 2, 0, 1, ...opt(...cookie)],
    [...withoutQuestion, ...opt(...cookie)],
  ].map((values) => Uint8Array.from(values))
})()

type Random = () => number

/** Fills `packet` with octets that are often meaningful ones. Returns its length. */
function scribble(packet: Uint8Array, random: Random): number {
  const length = random() % 120
  const telling = [0, 1, 2, 8, 41, 63, 64, 0xc0, 0xff]
  for (let i = 0; i < length; i++) packet[i] = (random() & 1) === 0 ? random() : telling[random() % telling.length]
  // Most random headers would only show that the triage works.
  if ((random() & 3) !== 0) packet.set([0x01, 0, 0, 1, 0, 0, 0, 0, 0, random() & 3], 2)
  return length
}

/** Copies a query and damages up to six octets, or its end. Returns its length. */
function mutate(packet: Uint8Array, random: Random): number {
  const seed = seeds[random() % seeds.length]
  packet.set(seed)
  for (let left = random() % 7; left > 0; left--) {
    const at = 2 + (random() % (seed.length - 2))
    const kind = random() % 4
    if (kind === 0) packet[at] ^= 1 << (random() & 7)
    else if (kind === 1) packet[at] = random()
    else if (kind === 2) packet[at] = packet[at] + (random() & 1) * 2 - 1
    else packet.copyWithin(at, at + 1, seed.length)
  }
  const cut = random() % 4
  return cut === 0 ? random() % (seed.length + 1) : cut === 1 ? seed.length + (random() % 20) : seed.length
}

/** What must hold of a query after parseQuery returned `result`; the name of what does not. */
function broken(result: number, packet: Uint8Array, length: number, query: Query): string | null {
  const { ecs, nameLength, labelCount, labelOffsets, name, questionEnd } = query
  if (!(result >= Parsed.ok && result <= Parsed.cookieOnly)) return 'result'
  if (result === Parsed.short) return length < 12 ? null : 'short'
  if (questionEnd < 12 || questionEnd > length) return 'questionEnd'
  if ((questionEnd === 12) !== (nameLength === 0)) return 'questionEnd and nameLength'
  if (result === Parsed.ok && nameLength === 0) return 'ok without a question'
  if (nameLength > 0 && (questionEnd !== 16 + nameLength || nameLength > 255 || name[nameLength - 1] !== 0))
    return 'nameLength'
  let at = 0
  for (let i = 0; i < labelCount; i++) {
    if (labelOffsets[i] !== at || packet[12 + at] !== name[at]) return 'labelOffsets'
    at += 1 + name[at]
  }
  if (nameLength > 0 && at !== nameLength - 1) return 'labelCount'
  if (query.udpSize < 512 || query.udpSize > 65535) return 'udpSize'
  if (!query.hasEdns && (query.dnssecOk || query.nsid || ecs.present || query.version !== 0)) return 'EDNS without EDNS'
  if (!ecs.present) return null
  if (ecs.rawLength !== 4 + ((ecs.source + 7) >> 3) || ecs.family > 2 || ecs.raw[3] !== 0) return 'ecs'
  for (let i = ecs.source; i < 128; i++) if ((ecs.address[i >> 3] & (0x80 >> (i & 7))) !== 0) return 'ecs.address'
  return null
}

function same(a: Query, b: Query): boolean {
  return (
    a.questionEnd === b.questionEnd &&
    a.nameLength === b.nameLength &&
    a.type === b.type &&
    a.class === b.class &&
    a.hasEdns === b.hasEdns &&
    a.udpSize === b.udpSize &&
    a.version === b.version &&
    a.nsid === b.nsid &&
    a.ecs.present === b.ecs.present &&
    (!a.ecs.present || (a.ecs.source === b.ecs.source && a.ecs.address.every((octet, i) => octet === b.ecs.address[i])))
  )
}

/** Parses half a million packets. Returns what was wrong with the first bad one, and how often each result was seen. */
function attack(
  make: (packet: Uint8Array, random: Random) => number,
  seed: number,
): { problem: string | null; results: Uint32Array } {
  const random = randomNumbers(seed)
  const packet = new Uint8Array(room)
  const other = new Uint8Array(room)
  const query = new Query()
  const again = new Query()
  const results = new Uint32Array(Object.keys(Parsed).length)
  for (let i = 0; i < 500_000; i++) {
    const length = make(packet, random)
    const result = parseQuery(packet, length, query)
    results[result]++
    let what = broken(result, packet, length, query)
    // The same packet with other octets after its end must be read alike.
    other.fill(random()).set(packet.subarray(0, length))
    if (parseQuery(other, length, again) !== result || !same(query, again)) what ??= 'reads past the end'
    if (what !== null)
      return { problem: `${what}: ${Buffer.from(packet.subarray(0, length)).toString('hex')}`, results }
  }
  return { problem: null, results }
}

describe('a hostile packet', () => {
  it('of random octets is read from its own octets alone', () => {
    const { problem, results } = attack(scribble, 1)
    expect(problem).toBeNull()
    expect(results[Parsed.formerrQuestion]).toBeGreaterThan(1000)
    expect(results[Parsed.ok]).toBeGreaterThan(1000)
  })

  it('of a damaged query is read from its own octets alone', () => {
    const { problem, results } = attack(mutate, 2)
    expect(problem).toBeNull()
    expect(Object.keys(Parsed).filter((_, result) => results[result] < 100)).toEqual([])
  })

  it('is never read past its end, octet by octet', () => {
    const random = randomNumbers(3)
    const packet = new Uint8Array(room)
    const query = new Query()
    let length = 0
    let furthest = -1
    const watched = new Proxy(packet, {
      get(target, key) {
        furthest = Math.max(furthest, Number(key))
        return Reflect.get(target, key)
      },
    })
    for (let i = 0; i < 5000; i++) {
      length = mutate(packet, random)
      furthest = -1
      parseQuery(watched, length, query)
      expect(furthest).toBeLessThan(length)
    }
  })

  it('of 64 KiB full of records, labels or options comes to its end', () => {
    const query = new Query()
    const header = [0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 255, 255, 0, 0, 1, 0, 1]
    const fill = (pattern: number[]) => {
      const packet = new Uint8Array(65535)
      for (let i = 0; i < packet.length; i++)
        packet[i] = i < header.length ? header[i] : pattern[(i - header.length) % pattern.length]
      return packet
    }
    const records = fill([0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0])
    const pointers = fill([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0])
    const labels = fill([1, 0x61])
    expect(parseQuery(records, records.length, query)).toBe(Parsed.formerrRecord)
    expect(parseQuery(pointers, pointers.length, query)).toBe(Parsed.formerrRecord)
    expect(parseQuery(labels, labels.length, query)).toBe(Parsed.formerrRecord)
    const options = fill([0, 99, 0, 0])
    options.set([0, 0, 41, 4, 208, 0, 0, 0, 0, 255, 255], header.length)
    expect(parseQuery(options, options.length, query)).toBe(Parsed.formerrRecord)
    const size = options.length - header.length - 11
    options.set([size >> 8, size & 255], header.length + 9)
    options[11] = 1
    options[10] = 0
    expect(parseQuery(options, options.length - (size % 4), query)).toBe(
      size % 4 === 0 ? Parsed.ok : Parsed.formerrRecord,
    )
  })
})
