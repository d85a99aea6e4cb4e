// What `nearcast query` sends and understands, against another codec (dns-packet). Knows no socket.
import dnsPacket from 'dns-packet'
import { describe, expect, it } from 'vitest'
import { decodeReply, encodeQuestion, isReplyTo } from '../../../src/cli/dns-message.ts'
import { readSubnet } from '../../../src/cli/query.ts'

const name = 'show1.play.live.example.net'

describe('a question', () => {
  it('asks for the name, for the client network and for the identity of the server', () => {
    const question = { name, type: 28, subnet: readSubnet('203.0.113.0/24') }
    const decoded = dnsPacket.decode(Buffer.from(encodeQuestion(question, 4711)))
    expect(decoded).toMatchObject({ id: 4711, type: 'query', questions: [{ name, type: 'AAAA', class: 'IN' }] })
    expect(optionsOf(decoded)).toMatchObject([
      { code: 3 },
      { code: 8, family: 1, sourcePrefixLength: 24, scopePrefixLength: 0, ip: '203.0.113.0' },
    ])
  })

  it('carries only as many octets of an IPv6 network as its length needs', () => {
    const bytes = encodeQuestion({ name, type: 1, subnet: readSubnet('2001:db8:1:ff00::/56') }, 1)
    expect(Buffer.from(bytes.subarray(-11)).toString('hex')).toBe('0002380020010db80001ff')
  })

  it('has no client subnet when none was given', () => {
    const bytes = encodeQuestion({ name, type: 1, subnet: null }, 1)
    expect(optionsOf(dnsPacket.decode(Buffer.from(bytes)))).toMatchObject([{ code: 3 }])
  })
})

describe('a subnet as people type it', () => {
  it.each([
    ['203.0.113.7', 4, 32],
    ['2001:db8::7', 6, 128],
    ['203.0.113.7/24', 4, 24],
    ['0.0.0.0/0', 4, 0],
  ])('%s has family %i and length %i', (text, family, length) => {
    expect(readSubnet(text)).toMatchObject({ family, length })
  })

  it('loses the bits after its length', () => {
    expect([...readSubnet('203.0.113.7/24').bytes]).toEqual([203, 0, 113, 0])
  })

  it.each(['203.0.113.0/33', 'hkt', '203.0.113/24', ''])('%j is refused with an example', (text) => {
    expect(() => readSubnet(text)).toThrow(/expected one as 203\.0\.113\.0\/24/)
  })
})

describe('an answer', () => {
  const subnet = { code: 8, family: 2, sourcePrefixLength: 56, scopePrefixLength: 48, ip: '2001:db8:1::' } as const

  it('keeps its OPT record when the address of its client subnet has an odd number of octets', () => {
    const reply = decodeReply(answer([subnet], 0))
    expect(reply.edns?.subnet).toEqual({ text: '2001:db8:1::', source: 56, scope: 48 })
    expect(reply.flaws).toEqual([])
    expect(reply.answers).toMatchObject([{ type: 1, ttlSeconds: 30, rdata: Uint8Array.of(192, 0, 2, 11) }])
  })

  it('has the identity of its server and its extended errors', () => {
    const options = [
      { code: 3, data: Buffer.from('hkg-a') },
      { code: 15, data: Buffer.from('\0\u0003stale', 'latin1') },
    ]
    const { edns } = decodeReply(answer(options, 0))
    expect(Buffer.from(edns?.nsid ?? []).toString()).toBe('hkg-a')
    expect(edns?.errors).toEqual([{ code: 3, text: 'stale' }])
  })

  it('has the whole response code, of which the OPT record carries the upper bits', () => {
    expect(decodeReply(answer([subnet], 1)).rcode).toBe(16)
  })

  it('without EDNS says so', () => {
    const bytes = dnsPacket.encode({ type: 'response', id: 1, questions: [{ name, type: 'A' }] })
    expect(decodeReply(bytes).edns).toBeNull()
  })

  it('that breaks off anywhere is read as far as it goes', () => {
    const whole = answer([subnet, { code: 15, data: Buffer.from([0, 3]) }], 0)
    for (let length = 12; length < whole.length; length++) {
      expect(decodeReply(whole.subarray(0, length)).edns).toBeNull()
    }
  })

  it('is known by its id and by being one', () => {
    const bytes = answer([], 0)
    expect([isReplyTo(bytes, 1), isReplyTo(bytes, 2), isReplyTo(bytes.subarray(0, 11), 1)]).toEqual([
      true,
      false,
      false,
    ])
    expect(isReplyTo(encodeQuestion({ name, type: 1, subnet: null }, 1), 1)).toBe(false)
  })
})

function answer(options: object[], extendedRcode: number): Buffer {
  const opt = { type: 'OPT', name: '.', udpPayloadSize: 1232, extendedRcode, ednsVersion: 0, flags: 0, options }
  return dnsPacket.encode({
    type: 'response',
    id: 1,
    flags: dnsPacket.AUTHORITATIVE_ANSWER,
    questions: [{ name, type: 'A' }],
    answers: [{ name, type: 'A', ttl: 30, data: '192.0.2.11' }],
    additionals: [opt as unknown as dnsPacket.OptAnswer],
  })
}

function optionsOf({ additionals }: dnsPacket.DecodedPacket): unknown {
  return additionals?.[0]?.type === 'OPT' ? additionals[0].options : null
}
