// RFC 6891, Extension Mechanisms for DNS (EDNS(0)).
import { describe, expect, it } from 'vitest'
import { ask, queryOf, send, type Message } from './fixture.ts'

const name = 'live.example.net'
const opt = (...data: number[]): number[] => [
  0,
  0,
  41,
  4,
  208,
  0,
  0,
  0,
  0,
  data.length >> 8,
  data.length & 255,
  ...data,
]

/** A query for the apex's SOA with these octets behind it, which the header counts as so many additional records. */
function withAdditional(count: number, ...octets: readonly number[]): Message | null {
  const query = Buffer.concat([queryOf({ name, type: 'SOA' }), Buffer.from(octets)])
  query.writeUInt16BE(count, 10)
  return send(query)
}

describe('RFC 6891', () => {
  it('6.1.1: an OPT record is answered with one, and none with none', () => {
    expect(ask({ name, type: 'SOA' }).counts).toEqual([1, 1, 0, 0])
    const { counts, opts } = ask({ name, type: 'SOA', edns: true })
    expect([counts, opts]).toEqual([[1, 1, 0, 1], [{ udpSize: 1232, version: 0, dnssecOk: false, options: [] }]])
  })

  it.each(['NXDOMAIN', 'REFUSED', 'FORMERR', 'NOTIMP', 'BADVERS'])('6.1.1: also in an answer of %s', (rcode) => {
    const asked = {
      NXDOMAIN: { name: `nowhere.${name}`, edns: true },
      REFUSED: { name: 'example.com', edns: true },
      FORMERR: { name, edns: true, flags: ['tc'] },
      NOTIMP: { name, edns: true, opcode: 5 },
      BADVERS: { name, version: 1 },
    }[rcode]
    const message = ask(asked ?? { name })
    expect([message.rcode, message.opts.length, message.counts[3]]).toEqual([rcode, 1, 1])
  })

  it('6.1.1: two OPT records are a format error, said with one', () => {
    const { rcode, opts, counts } = ask({ name, opts: 2 })
    expect([rcode, opts.length, counts]).toEqual(['FORMERR', 1, [1, 0, 0, 1]])
  })

  it('6.1.1: it may stand anywhere in the additional section', () => {
    const other = [0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 192, 0, 2, 1]
    expect(withAdditional(2, ...other, ...opt())?.opts).toHaveLength(1)
    expect(withAdditional(2, ...opt(), ...other)?.opts).toHaveLength(1)
  })

  it('6.1.2: it belongs to the root', () => {
    const message = withAdditional(1, 1, 0x61, ...opt())
    expect(message?.rcode).toBe('FORMERR')
  })

  it('6.1.2: options nobody knows are passed over and not sent back', () => {
    const options = [100, 65_001, 65_535, 9].map((code) => ({ code, data: Buffer.from('c0ffee', 'hex') }))
    const message = ask({ name, type: 'SOA', options })
    expect([message.rcode, message.counts, message.opt?.options]).toEqual(['NOERROR', [1, 1, 0, 1], []])
  })

  it('6.1.2: an option that leaves its record is a format error', () => {
    for (const data of [[0, 100, 0, 1], [0, 100, 0], [0]]) {
      const message = withAdditional(1, ...opt(...data))
      expect([message?.rcode, message?.opts.length]).toEqual(['FORMERR', 1])
    }
  })

  it.each([1, 2, 100, 255])('6.1.3: version %i is BADVERS, from a server of version 0', (version) => {
    const { rcode, bytes, opt: found, counts, flags } = ask({ name, type: 'SOA', version })
    expect([rcode, found?.version, counts, flags]).toEqual(['BADVERS', 0, [1, 0, 0, 1], ['qr']])
    // 16 in two parts: the header has the low four bits, the OPT record the others.
    const record = bytes.length - 11
    expect([bytes[3] & 15, bytes[record + 5]]).toEqual([0, 1])
  })

  it('6.1.4: flags nobody knows are passed over and zero in the answer; DO comes back', () => {
    const query = queryOf({ name, type: 'SOA', dnssecOk: true })
    query.writeUInt16BE(0xffff, query.length - 4)
    const message = send(query)
    expect(message?.rcode).toBe('NOERROR')
    expect(message?.bytes.readUInt16BE(message.bytes.length - 4)).toBe(0x8000)
    expect(ask({ name, type: 'SOA', edns: true }).opt?.dnssecOk).toBe(false)
  })

  it('6.2.3: a size below 512 counts as 512', () => {
    const [without, small] = [ask({ name: 'big.live.example.net' }), ask({ name: 'big.live.example.net', udpSize: 0 })]
    expect(small.flags).toEqual(without.flags)
    for (const udpSize of [0, 1, 511, 512]) {
      const { bytes, counts } = ask({ name: 'example.org', type: 'NS', udpSize })
      expect([bytes.length > 200, bytes.length <= 512, counts[1]]).toEqual([true, true, 9])
    }
  })

  it('6.2.3: an answer is as long as the requestor takes, and no longer', () => {
    const whole = ask({ name: 'example.org', type: 'NS' }, { tcp: true }).bytes.length + 11
    expect(whole).toBeGreaterThan(512)
    expect(ask({ name: 'example.org', type: 'NS', udpSize: whole }).bytes).toHaveLength(whole)
    expect(ask({ name: 'example.org', type: 'NS', udpSize: whole - 1 }).bytes.length).toBeLessThan(whole)
  })

  it('6.2.5: we send and receive 1,232 octets over UDP, whatever is offered', () => {
    const { flags, opt: found, bytes } = ask({ name: 'big.live.example.net', type: 'TXT', udpSize: 65_535 })
    expect([flags, found?.udpSize, bytes.length <= 1232]).toEqual([['qr', 'aa', 'tc'], 1232, true])
  })

  it('7: a truncated answer has the question and its OPT record', () => {
    const { flags, counts, opts, question } = ask({ name: 'big.live.example.net', type: 'TXT', udpSize: 512 })
    expect([flags, counts, opts.length]).toEqual([['qr', 'aa', 'tc'], [1, 0, 0, 1], 1])
    expect(question.length).toBeGreaterThan(0)
  })

  it.each([
    ['an unknown opcode', { opcode: 15 }],
    ['NOTIFY', { opcode: 4 }],
    ['TC in a query', { flags: ['tc'] }],
  ])('7: who is refused for the header alone gets an OPT record all the same: %s', (_, parts) => {
    const message = ask({ name, type: 'SOA', dnssecOk: true, subnet: '198.51.100.0/24', ...parts })
    expect([message.counts, message.opt?.dnssecOk]).toEqual([[0, 0, 0, 1], true])
    expect(message.opt?.options.filter(({ code }) => code !== 15)).toEqual([])
    expect(ask({ name, type: 'SOA', ...parts }).counts).toEqual([0, 0, 0, 0])
  })

  it('7: but not for one that cannot be found for certain', () => {
    const query = queryOf({ name, type: 'SOA', opcode: 5, opts: 2 })
    expect(send(query)?.counts).toEqual([0, 0, 0, 0])
    expect(send(query.subarray(0, query.length - 1))?.counts).toEqual([0, 0, 0, 0])
  })
})
