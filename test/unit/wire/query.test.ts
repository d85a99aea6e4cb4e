// Queries read into the struct, and each way a packet can be no query of ours.
import dnsPacket from 'dns-packet'
import { describe, expect, it } from 'vitest'
import { encodeName, formatName } from '../../../src/wire/name.ts'
import { Keepalive, Parsed, parseQuery, Query } from '../../../src/wire/query.ts'

const qname = [...(encodeName('Show1.Play.example.net') ?? [])]
const question = [...qname, 0, 1, 0, 1]
const questionEnd = 12 + question.length

interface Header {
  flags?: number
  qd?: number
  an?: number
  ns?: number
  ar?: number
}

function packet({ flags = 0x0100, qd = 1, an = 0, ns = 0, ar = 0 }: Header, ...body: number[]): Uint8Array {
  const counts = [0x1234, flags, qd, an, ns, ar].flatMap((value) => [value >> 8, value & 255])
  return Uint8Array.of(...counts, ...body)
}

function parse(bytes: Uint8Array, query = new Query()): { result: number; query: Query } {
  return { result: parseQuery(bytes, bytes.length, query), query }
}

/** A record with owner `.` unless given. */
function record(type: number, data: number[], { owner = [0], size = 1232, ttl = [0, 0, 0, 0] } = {}): number[] {
  return [...owner, type >> 8, type & 255, size >> 8, size & 255, ...ttl, data.length >> 8, data.length & 255, ...data]
}

const option = (code: number, ...data: number[]) => [0, code, data.length >> 8, data.length & 255, ...data]
const opt = (data: number[] = [], fields = {}) => record(41, data, fields)
/** An OPT record with DO and a client subnet, and a record of another type. */
const doOpt = opt(option(8, 0, 1, 24, 0, 198, 51, 100), { ttl: [0, 0, 0x80, 0] })
const soa = record(6, [1, 2, 3, 4], { owner: [0xc0, 12], size: 1 })
const withOpt = (...options: number[][]) => parse(packet({ ar: 1 }, ...question, ...opt(options.flat())))

describe('a query', () => {
  it('without EDNS', () => {
    const { result, query } = parse(packet({}, ...question))
    expect(result).toBe(Parsed.ok)
    expect(formatName(query.name)).toBe('show1.play.example.net.')
    expect(query).toMatchObject({
      opcode: 0,
      rd: 1,
      cd: 0,
      nameLength: qname.length,
      labelCount: 4,
      type: 1,
      class: 1,
      questionEnd,
      hasEdns: false,
      udpSize: 512,
      ecs: { present: false },
    })
    expect([...query.labelOffsets.subarray(0, 4)]).toEqual([0, 6, 11, 19])
  })

  it('for the root', () => {
    expect(parse(packet({}, 0, 0, 2, 0, 1))).toMatchObject({
      result: Parsed.ok,
      query: { nameLength: 1, labelCount: 0, questionEnd: 17, type: 2 },
    })
  })

  it('for the longest name with the most labels', () => {
    const name = [...Array.from({ length: 127 }, () => [1, 0x41]).flat(), 0]
    expect(parse(packet({}, ...name, 0, 1, 0, 1))).toMatchObject({
      result: Parsed.ok,
      query: { nameLength: 255, labelCount: 127 },
    })
  })

  it('for the longest label', () => {
    const label = Array.from({ length: 63 }, () => 0x61)
    expect(parse(packet({}, 63, ...label, 0, 0, 1, 0, 1))).toMatchObject({
      result: Parsed.ok,
      query: { nameLength: 65, labelCount: 1 },
    })
  })

  it('lowers the letters of its name and nothing else', () => {
    const { query } = parse(packet({}, 7, 0x40, 0x41, 0x5a, 0x5b, 0x5f, 0xc1, 0x00, 0, 0, 1, 0, 1))
    expect([...query.name.subarray(0, 9)]).toEqual([7, 0x40, 0x61, 0x7a, 0x5b, 0x5f, 0xc1, 0x00, 0])
  })

  it('of an unknown type and class', () => {
    expect(parse(packet({}, ...qname, 0xfe, 0xdc, 0xba, 0x98))).toMatchObject({
      result: Parsed.ok,
      query: { type: 0xfedc, class: 0xba98 },
    })
  })

  it('with RD clear, CD set and the flags nobody reads', () => {
    expect(parse(packet({ flags: 0x04ff }, ...question))).toMatchObject({ result: Parsed.ok, query: { rd: 0, cd: 1 } })
  })

  it('as dns-packet writes it, with EDNS, DO and ECS', () => {
    const bytes = dnsPacket.encode({
      type: 'query',
      id: 7,
      flags: dnsPacket.RECURSION_DESIRED | dnsPacket.CHECKING_DISABLED,
      questions: [{ type: 'AAAA', name: 'Play.example.net' }],
      additionals: [
        {
          type: 'OPT',
          name: '.',
          udpPayloadSize: 4096,
          extendedRcode: 0,
          ednsVersion: 0,
          flags: dnsPacket.DNSSEC_OK,
          flag_do: true,
          options: [{ code: 8, ip: '2001:db8:1::', sourcePrefixLength: 48 }],
        },
      ],
    })
    const { result, query } = parse(bytes)
    expect(result).toBe(Parsed.ok)
    expect(query).toMatchObject({
      cd: 1,
      type: 28,
      hasEdns: true,
      udpSize: 4096,
      version: 0,
      dnssecOk: true,
      nsid: false,
      ecs: { present: true, family: 2, source: 48 },
    })
  })

  it('leaves nothing of the one before it', () => {
    const { query } = withOpt(option(8, 0, 1, 8, 0, 10), option(3))
    parse(packet({}, 0, 0, 1, 0, 1), query)
    const fresh = new Query()
    parse(packet({}, 0, 0, 1, 0, 1), fresh)
    const { name: _, ecs: __, labelOffsets: ___, nameWords: ____, ...rest } = fresh
    expect(query).toMatchObject({ ...rest, ecs: { present: false } })
  })

  it('never reads past the length it was given', () => {
    const whole = packet({ ar: 1 }, ...question, ...opt(option(8, 0, 1, 8, 0, 10)))
    const query = new Query()
    for (let length = 0; length < whole.length; length++) {
      const result = parseQuery(whole, length, query)
      expect(result).toBe(
        length < 12 ? Parsed.short : length < questionEnd ? Parsed.formerrQuestion : Parsed.formerrRecord,
      )
      expect(query.questionEnd).toBe(length < questionEnd ? 12 : questionEnd)
    }
  })
})

describe('the header', () => {
  it.each([
    ['an answer is dropped', { flags: 0x8000 }, Parsed.response],
    ['an answer with another opcode is dropped', { flags: 0xa000, qd: 0 }, Parsed.response],
    ['NOTIFY is not implemented', { flags: 0x2000 }, Parsed.notimp],
    ['UPDATE is not implemented', { flags: 0x2800 }, Parsed.notimp],
    ['an unassigned opcode is not implemented', { flags: 0x7800, qd: 0 }, Parsed.notimp],
    ['TC is refused', { flags: 0x0200 }, Parsed.formerrHeader],
    ['no question is refused', { qd: 0 }, Parsed.formerrHeader],
    ['two questions are refused', { qd: 2 }, Parsed.formerrHeader],
    ['257 questions are refused', { qd: 257 }, Parsed.formerrHeader],
    ['an answer section is refused', { an: 1 }, Parsed.formerrHeader],
    ['256 answers are refused', { an: 256 }, Parsed.formerrHeader],
    ['two authority records are refused', { ns: 2 }, Parsed.formerrHeader],
    ['256 authority records are refused', { ns: 256 }, Parsed.formerrHeader],
  ])('%s', (_, header, result) => {
    expect(parse(packet(header, ...question, ...question))).toMatchObject({
      result,
      query: { questionEnd: 12, nameLength: 0 },
    })
  })

  it('is read even when it is refused', () => {
    expect(parse(packet({ flags: 0x2910 }))).toMatchObject({
      result: Parsed.notimp,
      query: { opcode: 5, rd: 1, cd: 1 },
    })
  })

  it.each([
    ['NOTIFY with the new SOA', { flags: 0x2000, an: 1, ar: 1 }, [...question, ...soa, ...doOpt], Parsed.notimp],
    ['UPDATE', { flags: 0x2800, ns: 1, ar: 2 }, [...question, ...soa, ...doOpt, ...soa], Parsed.notimp],
    ['two questions', { qd: 2, ar: 1 }, [...question, ...question, ...doOpt], Parsed.formerrHeader],
    ['an answer', { an: 1, ar: 1 }, [...question, ...soa, ...doOpt], Parsed.formerrHeader],
    ['an authority record', { ns: 1, ar: 1 }, [...question, ...soa, ...doOpt], Parsed.formerrHeader],
    ['a question with a pointer', { ar: 1 }, [0xc0, 12, 0, 1, 0, 1, ...doOpt], Parsed.formerrQuestion],
    ['no question', { qd: 0, ar: 1 }, doOpt, Parsed.formerrHeader],
  ])('or the question condemns a message, and its OPT record is found: %s', (_, header, body, result) => {
    expect(parse(packet(header, ...body))).toMatchObject({
      result,
      query: { hasEdns: true, dnssecOk: true, nsid: false, ecs: { present: false } },
    })
  })

  it.each([
    ['two of them', { flags: 0x2800, ar: 2 }, [...question, ...doOpt, ...doOpt]],
    ['one among the answers', { flags: 0x2800, an: 1 }, [...question, ...doOpt]],
    ['one of another owner', { flags: 0x2800, ar: 1 }, [...question, 1, 0x61, ...doOpt]],
    ['one that is cut off', { flags: 0x2800, ar: 1 }, [...question, ...doOpt.slice(0, -1)]],
    ['one behind a record that is cut off', { flags: 0x2800, an: 1, ar: 1 }, [...question, ...soa.slice(0, -1)]],
    ['one that is only counted', { flags: 0x2800, ar: 1 }, question],
    ['one in an answer', { flags: 0x8000, ar: 1 }, [...question, ...doOpt]],
  ])('condemns a message, and no OPT record is made out: %s', (_, header, body) => {
    expect(parse(packet(header, ...body)).query.hasEdns).toBe(false)
  })

  it.each([0, 1, 11])('a packet of %i octets is dropped', (length) => {
    expect(parse(new Uint8Array(length)).result).toBe(Parsed.short)
  })
})

describe('the question', () => {
  it.each([
    ['nothing', []],
    ['a label cut off', [5, 0x61, 0x62]],
    ['no root', qname.slice(0, -1)],
    ['no type', qname],
    ['half a class', [...qname, 0, 1, 0]],
    ['a compression pointer', [0xc0, 12, 0, 1, 0, 1]],
    ['a compression pointer after a label', [1, 0x61, 0xc0, 12, 0, 1, 0, 1]],
    ['a reserved label type', [0x41, ...Buffer.alloc(80)]],
    ['another reserved label type', [0x80, ...Buffer.alloc(200)]],
    ['a name of 256 octets', [...Array.from({ length: 127 }, () => [1, 0x61]).flat(), 1, 0, 1, 0, 1]],
    ['a name of 257 octets', [...Array.from({ length: 128 }, () => [1, 0x61]).flat(), 0, 0, 1, 0, 1]],
  ])('with %s is refused', (_, body) => {
    expect(parse(packet({}, ...body))).toMatchObject({
      result: Parsed.formerrQuestion,
      query: { questionEnd: 12, nameLength: 0, labelCount: 0 },
    })
  })
})

describe('the records after the question', () => {
  const soa = record(6, [...Buffer.alloc(22)], { owner: [0xc0, 12] })
  const tsig = record(250, [1, 2, 3], { owner: [3, 0x6b, 0x65, 0x79, 0] })

  it('may be the SOA of an IXFR question', () => {
    expect(parse(packet({ ns: 1, ar: 1 }, ...qname, 0, 251, 0, 1, ...soa, ...opt()))).toMatchObject({
      result: Parsed.ok,
      query: { hasEdns: true, type: 251 },
    })
  })

  it('may be no authority record of another question', () => {
    expect(parse(packet({ ns: 1 }, ...question, ...soa))).toMatchObject({
      result: Parsed.formerrHeader,
      query: { questionEnd },
    })
  })

  it.each([
    ['TSIG after the OPT', [...opt(), ...tsig], 2],
    ['TSIG before the OPT', [...tsig, ...opt()], 2],
    ['a record of an unknown type', [...opt(), ...record(0xfffe, [1])], 2],
    ['trailing octets', [...opt(), 0xde, 0xad], 1],
  ])('are passed over: %s', (_, records, ar) => {
    expect(parse(packet({ ar }, ...question, ...records))).toMatchObject({
      result: Parsed.ok,
      query: { hasEdns: true },
    })
  })

  it.each([
    ['fewer records than counted', opt(), 2],
    ['an owner cut off', [5, 0x61], 1],
    ['an owner pointer cut off', [0xc0], 1],
    ['a fixed part cut off', opt().slice(0, -1), 1],
    ['data cut off', [...opt().slice(0, -1), 1], 1],
    ['data of 65535 octets that are not there', [...opt().slice(0, -2), 255, 255], 1],
    ['65535 records that are not there', [], 65535],
  ])('are refused: %s', (_, records, ar) => {
    expect(parse(packet({ ar }, ...question, ...records))).toMatchObject({
      result: Parsed.formerrRecord,
      query: { questionEnd, labelCount: 4 },
    })
  })
})

describe('EDNS', () => {
  it.each([
    ['two OPTs', { ar: 2 }, [...question, ...opt(), ...opt()]],
    ['an OPT with an owner', { ar: 1 }, [...question, ...opt([], { owner: [1, 0x61, 0] })]],
    [
      'an OPT whose owner is a pointer to the root',
      { ar: 1 },
      [...question, ...opt([], { owner: [0xc0, 12 + qname.length - 1] })],
    ],
    ['an OPT in the authority section', { ns: 1 }, [...qname, 0, 251, 0, 1, ...opt()]],
    ['half an option header', { ar: 1 }, [...question, ...opt([0, 3, 0])]],
    ['an option longer than its OPT', { ar: 1 }, [...question, ...opt([0, 3, 0, 1])]],
    ['an ECS longer than its OPT', { ar: 1 }, [...question, ...opt([0, 8, 0, 7, 0, 1, 24, 0, 10, 0]), 0]],
  ])('is refused: %s', (_, header, body) => {
    expect(parse(packet(header, ...body))).toMatchObject({ result: Parsed.formerrEdns, query: { labelCount: 4 } })
  })

  it.each([
    [0, 512],
    [511, 512],
    [512, 512],
    [1232, 1232],
    [65535, 65535],
  ])('a UDP size of %i counts as %i', (size, udpSize) => {
    expect(parse(packet({ ar: 1 }, ...question, ...opt([], { size }))).query.udpSize).toBe(udpSize)
  })

  it('of a version above 0 is BADVERS and its options are not read', () => {
    const bytes = packet({ ar: 1 }, ...question, ...opt([0, 8, 0xff], { ttl: [0, 1, 0x80, 0] }))
    expect(parse(bytes)).toMatchObject({
      result: Parsed.badvers,
      query: { hasEdns: true, version: 1, dnssecOk: true, ecs: { present: false }, questionEnd },
    })
  })

  it('ignores the extended rcode, the flags other than DO and unknown options', () => {
    const bytes = packet({ ar: 1 }, ...question, ...opt(option(65001, 1, 2), { ttl: [9, 0, 0x7f, 0xff] }))
    expect(parse(bytes)).toMatchObject({ result: Parsed.ok, query: { version: 0, dnssecOk: false, nsid: false } })
  })

  it('reads options in any order', () => {
    expect(withOpt(option(8, 0, 1, 8, 0, 10), option(3))).toMatchObject({ result: Parsed.ok, query: { nsid: true } })
    expect(withOpt(option(3), option(10, 1, 2, 3, 4, 5, 6, 7, 8), option(8, 0, 1, 8, 0, 10)).query).toMatchObject({
      nsid: true,
      ecs: { present: true, source: 8 },
    })
  })

  it('tells a client that asks for a timeout from one that names one', () => {
    expect(withOpt(option(3)).query.keepalive).toBe(Keepalive.none)
    expect(withOpt(option(11))).toMatchObject({ result: Parsed.ok, query: { keepalive: Keepalive.asked } })
    for (const data of [[0], [0, 100], [0, 100, 0]]) {
      expect(withOpt(option(11, ...data))).toMatchObject({
        result: Parsed.ok,
        query: { keepalive: Keepalive.malformed },
      })
    }
    expect(withOpt(option(3)).query.keepalive).toBe(Keepalive.none)
  })

  it('takes the first of several ECS options', () => {
    expect(withOpt(option(8, 0, 1, 8, 0, 10), option(8, 0, 1, 16, 0, 172, 16))).toMatchObject({
      result: Parsed.ok,
      query: { ecs: { source: 8 } },
    })
  })

  it('does not read a later ECS option, so one that is malformed does no harm', () => {
    expect(withOpt(option(8, 0, 1, 8, 0, 10), option(8, 0xff)).result).toBe(Parsed.ok)
  })

  it('refuses a malformed first ECS option though a good one follows, and owes an OPT', () => {
    expect(withOpt(option(8, 0, 1, 8, 8, 10), option(8, 0, 1, 8, 0, 10))).toMatchObject({
      result: Parsed.formerrEcs,
      query: { hasEdns: true, questionEnd, ecs: { present: false } },
    })
  })
})
