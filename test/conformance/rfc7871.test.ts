// RFC 7871, Client Subnet in DNS Queries, as it binds an authoritative server.
import { describe, expect, it } from 'vitest'
import { ask, type Asked, type Message } from './fixture.ts'

const name = 'show1.play.live.example.net'

/** The data of the client subnet option of an answer, in hexadecimal; null without one. */
function subnetOf({ opt }: Message): string | null {
  const found = (opt?.options ?? []).filter(({ code }) => code === 8)
  expect(found.length).toBeLessThanOrEqual(1)
  return found.at(0)?.data.toString('hex') ?? null
}

function askWith(hex: string, more: Partial<Asked> = {}): Message {
  return ask({ name, options: [{ code: 8, data: Buffer.from(hex, 'hex') }], ...more })
}

describe('RFC 7871', () => {
  it.each([
    ['an unknown family', '00031800c63364'],
    ['family 0 with an address', '00001800c63364'],
    ['a source too long for IPv4', '00012100c633640100'],
    ['a source too long for IPv6', `00028100${'20'.repeat(17)}`],
    ['an address shorter than the source says', '00011800c633'],
    ['an address longer than the source says', '00011800c6336401'],
    ['bits beyond the source', '00011700c63365'],
    ['a scope in a query', '00011818c63364'],
    ['no whole option', '000118'],
    ['nothing at all', ''],
  ])('7.2.1: a malformed option is a format error: %s', (_, hex) => {
    const message = askWith(hex)
    expect([message.rcode, message.counts, subnetOf(message)]).toEqual(['FORMERR', [1, 0, 0, 1], null])
  })

  it('7.2.1: family, source and address come back as they came, with our scope', () => {
    expect(subnetOf(askWith('00011800c63364'))).toBe('00011818c63364')
    expect(subnetOf(askWith('00011400c63360'))).toBe('00011416c63360')
    expect(subnetOf(askWith('0002380020010db8000100'))).toBe('0002383020010db8000100')
  })

  it('7.2.1: without an option in the query there is none in the answer', () => {
    expect(subnetOf(ask({ name, edns: true }))).toBeNull()
    expect(ask({ name }).opts).toEqual([])
  })

  it('7.1.2: a source of 0 asks not to be located: the resolver is, and source and scope are 0', () => {
    const here = ask({ name }, { from: '198.51.100.9' })
    const there = ask({ name }, { from: '192.0.2.5' })
    expect(here.answers.map(({ data }) => data)).not.toEqual(there.answers.map(({ data }) => data))
    for (const hex of ['00010000', '00020000', '00000000']) {
      const message = ask({ name, options: [{ code: 8, data: Buffer.from(hex, 'hex') }] }, { from: '192.0.2.5' })
      expect([message.rcode, subnetOf(message)]).toEqual(['NOERROR', hex])
      expect(message.answers.map(({ data }) => data)).toEqual(there.answers.map(({ data }) => data))
    }
  })

  it('7.2.1: the answer is for the subnet, not for the resolver', () => {
    const hex = '00011800c63364'
    const [one, other] = ['192.0.2.5', '203.0.113.9'].map((from) =>
      ask({ name, options: [{ code: 8, data: Buffer.from(hex, 'hex') }] }, { from }),
    )
    expect(one.answers).toEqual(other.answers)
    expect(one.answers.length).toBeGreaterThan(0)
  })

  it('7.2.1: within the scope every subnet has the same answer, for as long', () => {
    const [wide, narrow] = ['198.51.100.0/24', '198.51.100.128/25'].map((subnet) => ask({ name, subnet }))
    expect(narrow.answers).toEqual(wide.answers)
    expect(narrow.opt?.options[0].data[3]).toBe(24)
  })

  it.each([
    ['a static name', { name: 'multi.live.example.net' }],
    ['the SOA', { name: 'live.example.net', type: 'SOA' }],
    ['a name that does not exist', { name: 'nowhere.live.example.net' }],
    ['a type that a steered name does not have', { name, type: 'MX' }],
    ['a refusal', { name: 'www.example.com' }],
  ])('7.2.1: what is the same for everyone has scope 0: %s', (_, asked) => {
    expect(subnetOf(ask({ ...asked, subnet: '198.51.100.0/24' }))).toBe('00011800c63364')
  })

  it('7.2.1: of several options the first one counts', () => {
    const options = ['00011800c63364', '00031800ffffff'].map((hex) => ({ code: 8, data: Buffer.from(hex, 'hex') }))
    const message = ask({ name, options })
    expect([message.rcode, subnetOf(message)]).toEqual(['NOERROR', '00011818c63364'])
  })

  it('11: families are apart: an IPv6 subnet may ask for A, an IPv4 one for AAAA', () => {
    const a = ask({ name, subnet: '2001:db8:1::/56' })
    const aaaa = ask({ name, type: 'AAAA', subnet: '198.51.100.0/24' })
    expect([a.answers[0].type, aaaa.answers[0].type]).toEqual(['A', 'AAAA'])
    expect([subnetOf(a)?.slice(0, 4), subnetOf(aaaa)?.slice(0, 4)]).toEqual(['0002', '0001'])
  })
})
