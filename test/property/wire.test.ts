// What must hold for every name, record and option: writing and reading back is the identity, and other codecs agree.
import { Packet } from 'dns2'
import dnsPacket from 'dns-packet'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Class, Type, typeName } from '../../src/wire/constants.ts'
import { Ecs, parseEcs } from '../../src/wire/ecs.ts'
import { addEcs } from '../../src/wire/edns.ts'
import { decodeName, encodeName, formatName, longestName, skipName } from '../../src/wire/name.ts'
import { Parsed, parseQuery, Query } from '../../src/wire/query.ts'
import { encodeRdata, formatRdata } from '../../src/wire/rdata.ts'

const octets = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength })
const u16 = (value: number) => [value >> 8, value & 255]
const counted = (bytes: Uint8Array) => [bytes.length, ...bytes]

const label = fc.oneof(
  octets(1, 8),
  octets(60, 63),
  fc.stringMatching(/^[A-Za-z0-9-]{1,12}$/).map((text) => Buffer.from(text)),
)
const name = fc
  .array(label, { maxLength: 8 })
  .map((labels) => Uint8Array.from([...labels.flatMap(counted), 0]))
  .filter((wire) => wire.length <= longestName)

const hostname = fc
  .array(fc.stringMatching(/^[A-Za-z0-9]{1,20}$/), { minLength: 1, maxLength: 6 })
  .map((labels) => labels.join('.'))

interface Subnet {
  family: 1 | 2
  source: number
  address: Uint8Array
}

interface Question {
  name: string
  type: 'A' | 'AAAA' | 'TXT' | 'SOA' | 'CAA'
}

/** A client's network, with no bit set after its prefix. */
const subnet: fc.Arbitrary<Subnet> = fc
  .constantFrom(1 as const, 2 as const)
  .chain((family) =>
    fc.record({
      family: fc.constant(family),
      source: fc.nat(family === 1 ? 32 : 128),
      address: octets(family === 1 ? 4 : 16, family === 1 ? 4 : 16),
    }),
  )
  .map(({ family, source, address }) => ({
    family,
    source,
    address: address.map((octet, i) => octet & (0xff00 >> Math.min(Math.max(source - i * 8, 0), 8))),
  }))

describe('a name', () => {
  it('reads back from its text', () => {
    fc.assert(
      fc.property(name, (wire) => {
        expect(encodeName(formatName(wire))).toEqual(wire)
      }),
    )
  })

  it('reads back from any place in a message, and is passed over at the same place', () => {
    fc.assert(
      fc.property(octets(0, 20), name, octets(0, 5), (before, wire, after) => {
        const message = Uint8Array.of(...before, ...wire, ...after)
        const next = before.length + wire.length
        expect(decodeName(message, before.length)).toEqual({ name: wire, next })
        expect(skipName(message, before.length, message.length)).toBe(next)
      }),
    )
  })

  it('reads back from a pointer to its end', () => {
    fc.assert(
      fc.property(name, name, (head, tail) => {
        fc.pre(head.length + tail.length - 1 <= longestName)
        const message = Uint8Array.of(...tail, ...head.subarray(0, -1), 0xc0, 0)
        const whole = Uint8Array.of(...head.subarray(0, -1), ...tail)
        expect(decodeName(message, tail.length)).toEqual({ name: whole, next: message.length })
      }),
    )
  })

  it('is never read from octets it does not have, and comes to its end', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(0, 1, 2, 63, 64, 0xc0, 0xc1, 0xff), { maxLength: 40 }),
        fc.nat(45),
        (values, offset) => {
          const message = Uint8Array.from(values)
          const decoded = decodeName(message, offset)
          const next = skipName(message, offset, message.length)
          expect(next).toBeLessThanOrEqual(message.length)
          expect(decoded?.next ?? next).toBe(next)
        },
      ),
      { numRuns: 2000 },
    )
  })
})

describe('record data', () => {
  const pair = (first: fc.Arbitrary<readonly number[]>, second: fc.Arbitrary<readonly number[]>) =>
    fc.tuple(first, second).map((parts) => Uint8Array.from(parts.flat()))
  const nameOctets = name.map((wire) => [...wire])
  const number16 = fc.nat(65535).map(u16)
  const strings = fc
    .array(octets(0, 255).map(counted), { minLength: 1, maxLength: 3 })
    .map((parts) => Uint8Array.from(parts.flat()))
  const caa = fc
    .tuple(fc.nat(255), fc.stringMatching(/^[A-Za-z0-9]{1,15}$/), octets(0, 300))
    .map(([flags, tag, value]) => Uint8Array.of(flags, ...counted(Buffer.from(tag)), ...value))
  const soa = fc.tuple(name, name, octets(20, 20)).map((parts) => Uint8Array.from(parts.flatMap((part) => [...part])))

  const addresses = (size: number) =>
    fc.integer({ min: 1, max: 3 }).chain((count) => octets(count * size, count * size))
  const alpn = fc
    .array(octets(1, 20).map(counted), { minLength: 1, maxLength: 3 })
    .map((ids) => Uint8Array.from(ids.flat()))
  const params = fc
    .record(
      {
        alpn,
        bare: fc.constant(new Uint8Array()),
        port: octets(2, 2),
        ipv4hint: addresses(4),
        ech: octets(1, 40),
        ipv6hint: addresses(16),
        dohpath: fc.webPath().map((path) => Buffer.from(`/${path}{?dns}`)),
        ohttp: fc.constant(new Uint8Array()),
        other: octets(0, 20),
      },
      { requiredKeys: [] },
    )
    .chain((values) => {
      const keys = { alpn: 1, bare: 2, port: 3, ipv4hint: 4, ech: 5, ipv6hint: 6, dohpath: 7, ohttp: 8, other: 777 }
      const present = Object.entries(values)
        .map(([key, value]) => ({ key: keys[key as keyof typeof keys], value }))
        .filter(({ key }) => key !== 2 || values.alpn !== undefined)
        .toSorted((a, b) => a.key - b.key)
      return fc.subarray(present).map((mandatory) => {
        const listed =
          mandatory.length > 0 ? [{ key: 0, value: Uint8Array.from(mandatory.flatMap(({ key }) => u16(key))) }] : []
        return [...listed, ...present].flatMap(({ key, value }) => [...u16(key), ...u16(value.length), ...value])
      })
    })
  const svcb = fc
    .tuple(fc.nat(65535), name, params)
    .map(([priority, target, rest]) => Uint8Array.of(...u16(priority), ...target, ...(priority === 0 ? [] : rest)))

  const arbitraries = {
    A: octets(4, 4),
    AAAA: octets(16, 16),
    NS: name,
    CNAME: name,
    PTR: name,
    MX: pair(number16, nameOctets),
    SRV: pair(
      octets(6, 6).map((six) => [...six]),
      nameOctets,
    ),
    SOA: soa,
    TXT: strings,
    CAA: caa,
    SVCB: svcb,
    HTTPS: svcb,
    DNSKEY: octets(0, 80),
  }
  const known = Object.entries(arbitraries).map(([type, rdata]) => [type, rdata] as const)

  it.each(known)('of %s reads back from its text', (type, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (rdata) => {
        const number = Type[type as keyof typeof arbitraries]
        const text = formatRdata(number, rdata)
        expect(text.startsWith('\\#')).toBe(type === 'DNSKEY')
        expect(encodeRdata(number, text)).toEqual({ rdata })
      }),
    )
  })

  it('of any type is written for any octets, and read back unless it is malformed', () => {
    const types = fc.oneof(
      fc.constantFrom(...known.map(([type]) => Type[type as keyof typeof arbitraries])),
      fc.nat(65535),
    )
    fc.assert(
      fc.property(types, octets(0, 40), (type, rdata) => {
        const text = formatRdata(type, rdata)
        const malformed = { error: `${typeName(type)}: ${text} is malformed data for this type` }
        expect([{ rdata }, malformed]).toContainEqual(encodeRdata(type, text))
        expect(encodeRdata(65280, `\\# ${rdata.length} ${Buffer.from(rdata).toString('hex')}`)).toEqual({ rdata })
      }),
      { numRuns: 2000 },
    )
  })

  it('of any type is read or refused from any text, and what is read is written', () => {
    const word = fc.constantFrom(
      '"',
      '\\',
      ' ',
      '0',
      '1',
      '.',
      'a',
      '=',
      ',',
      'port',
      'alpn',
      'h2',
      '192.0.2.1',
      '\\#',
      '::1',
      '"x y"',
      '@',
      'é',
    )
    const type = fc.constantFrom(...known.map(([each]) => Type[each as keyof typeof arbitraries]))
    fc.assert(
      fc.property(type, fc.string({ unit: word, maxLength: 12 }), (number, text) => {
        const result = encodeRdata(number, text, encodeName('example.net') ?? undefined)
        const read = 'rdata' in result
        expect(read ? encodeRdata(number, formatRdata(number, result.rdata)) : typeof result.error).toEqual(
          read ? result : 'string',
        )
      }),
      { numRuns: 3000 },
    )
  })
})

describe('ECS', () => {
  it('is echoed as it was read but for the scope', () => {
    fc.assert(
      fc.property(subnet, fc.nat(128), ({ family, source, address }, scope) => {
        const data = [0, family, source, 0, ...address.subarray(0, Math.ceil(source / 8))]
        const ecs = new Ecs()
        expect(parseEcs(Uint8Array.from(data), 0, data.length, ecs)).toBe(true)
        expect(ecs).toMatchObject({ family, source })
        expect([...ecs.address.subarray(0, address.length)]).toEqual([...address])
        const echo = new Uint8Array(4 + data.length)
        expect(addEcs(echo, 0, ecs, scope)).toBe(echo.length)
        expect([...echo]).toEqual([0, 8, 0, data.length, ...data.with(3, scope)])
      }),
    )
  })
})

describe('a query', () => {
  const question: fc.Arbitrary<Question> = fc.record({
    name: hostname,
    type: fc.constantFrom('A', 'AAAA', 'TXT', 'SOA', 'CAA'),
  })

  it('of dns-packet is read as it was written', () => {
    fc.assert(
      fc.property(question, fc.option(subnet), fc.boolean(), (asked, client, dnssecOk) => {
        const options = client
          ? [
              {
                code: 8 as const,
                family: client.family,
                ip: plainText(client.address),
                sourcePrefixLength: client.source,
              },
            ]
          : []
        const bytes = dnsPacket.encode({
          type: 'query',
          questions: [{ name: asked.name, type: asked.type }],
          additionals: [
            {
              type: 'OPT',
              name: '.',
              udpPayloadSize: 1400,
              extendedRcode: 0,
              ednsVersion: 0,
              flags: dnssecOk ? 0x8000 : 0,
              flag_do: dnssecOk,
              options,
            },
          ],
        })
        expect(read(bytes)).toEqual(written(asked, client, dnssecOk, 1400))
      }),
    )
  })

  it('of dns2 is read as it was written', () => {
    fc.assert(
      fc.property(question, subnet, fc.boolean(), (asked, client, dnssecOk) => {
        const packet = new Packet()
        packet.questions = [
          { name: asked.name, type: Packet.TYPE[asked.type], class: Packet.CLASS.IN } as Packet['questions'][number],
        ]
        const ecs = {
          ednsCode: Packet.EDNS_OPTION_CODE.ECS,
          family: client.family,
          sourcePrefixLength: client.source,
          scopePrefixLength: 0,
          ip: plainText(client.address),
        }
        packet.additionals = [Packet.Resource.EDNS([ecs], { doFlag: dnssecOk, udpPayloadSize: 4096 })]
        expect(read(packet.toBuffer())).toEqual(written(asked, client, dnssecOk, 4096))
      }),
    )
  })

  /** Address text that every codec reads: nothing shortened, nothing dotted in IPv6. */
  function plainText(address: Uint8Array): string {
    return address.length === 4
      ? address.join('.')
      : Buffer.from(address)
          .toString('hex')
          .replace(/(.{4})(?!$)/g, '$1:')
  }

  function read(bytes: Uint8Array): unknown {
    const query = new Query()
    const result = parseQuery(bytes, bytes.length, query)
    const { labelCount, type, class: qclass, dnssecOk, udpSize, ecs } = query
    const client = ecs.present && { family: ecs.family, source: ecs.source, address: [...ecs.address] }
    return {
      result,
      name: formatName(query.name.subarray(0, query.nameLength)),
      labelCount,
      type,
      qclass,
      dnssecOk,
      udpSize,
      client,
    }
  }

  function written(asked: Question, client: Subnet | null, dnssecOk: boolean, udpSize: number): unknown {
    return {
      result: Parsed.ok,
      name: `${asked.name.toLowerCase()}.`,
      labelCount: asked.name.split('.').length,
      type: Type[asked.type],
      qclass: Class.IN,
      dnssecOk,
      udpSize,
      client: client !== null && { ...client, address: Array.from({ length: 16 }, (_, i) => client.address[i] ?? 0) },
    }
  }
})
