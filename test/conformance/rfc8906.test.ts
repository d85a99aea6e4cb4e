// RFC 8906, A Common Operational Problem in DNS Servers: Failure to Communicate. Its section 8 test by test, over real sockets.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { framed, overTcp, overUdp } from '../support/dns-talk.ts'
import { messageOf, queryOf, serve, type Asked, type Message, type Served } from './fixture.ts'

const name = 'live.example.net'
const unknownOption = { code: 100, data: Buffer.alloc(0) }
/** The header of a query for nothing, of opcode 15. */
const headerOnly = Buffer.from('4e4378000000000000000000', 'hex')

describe('RFC 8906', () => {
  let server: Served
  beforeAll(async () => {
    server = await serve()
  })
  afterAll(() => server?.stop())

  const send = async (query: Buffer): Promise<Message> => messageOf(await overUdp(query, { to: server }))
  const ask = (asked: Partial<Asked>): Promise<Message> => send(queryOf({ name, type: 'SOA', ...asked }))

  /** What most tests of section 8 expect: the SOA, from an authority. */
  function expectSoa(message: Message, opts: number, flags: readonly string[] = ['qr', 'aa']): void {
    expect([message.rcode, message.flags, message.counts]).toEqual(['NOERROR', flags, [1, 1, 0, opts]])
    expect(message.answers[0].type).toBe('SOA')
    expect(message.opts.map(({ version }) => version)).toEqual(opts === 0 ? [] : [0])
  }

  function expectBadVersion(message: Message, dnssecOk = false): void {
    expect([message.rcode, message.flags, message.counts]).toEqual(['BADVERS', ['qr'], [1, 0, 0, 1]])
    expect(message.opt).toEqual({ udpSize: 1232, version: 0, dnssecOk, options: [] })
  }

  it('8.1.1: the server is configured for the zone', async () => {
    expectSoa(await ask({}), 0)
  })

  it('8.1.2: an unknown type', async () => {
    const { rcode, flags, counts } = await ask({ type: 'TYPE1000' })
    expect([rcode, flags, counts]).toEqual(['NOERROR', ['qr', 'aa'], [1, 0, 1, 0]])
  })

  it.each(['cd', 'ad', 'z', 'ra', 'aa'])(
    '8.1.3: the header bit %s is passed over and clear in the answer',
    async (bit) => {
      expectSoa(await ask({ flags: [bit] }), 0)
    },
  )

  it('8.1.3.4: a query that asks for recursion', async () => {
    expectSoa(await ask({ flags: ['rd'] }), 0, ['qr', 'aa', 'rd'])
  })

  it('8.1.4: an unknown opcode', async () => {
    const { rcode, opcode, flags, bytes } = await send(headerOnly)
    expect([rcode, opcode, flags, bytes.length]).toEqual(['NOTIMP', 15, ['qr'], 12])
  })

  it('8.1.5: TCP', async () => {
    const { answers } = await overTcp([framed(queryOf({ name, type: 'SOA' }))], { to: server }, 1, false)
    expectSoa(messageOf(answers[0]), 0)
  })

  it('8.2.1: minimal EDNS', async () => {
    expectSoa(await ask({ edns: true }), 1)
  })

  it('8.2.2: EDNS version negotiation', async () => {
    expectBadVersion(await ask({ version: 1 }))
  })

  it('8.2.3: an unknown EDNS option', async () => {
    const message = await ask({ options: [unknownOption] })
    expectSoa(message, 1)
    expect(message.opt?.options).toEqual([])
  })

  it('8.2.4: unknown EDNS flags', async () => {
    const query = queryOf({ name, type: 'SOA', edns: true })
    query.writeUInt16BE(0x40, query.length - 4)
    const message = await send(query)
    expectSoa(message, 1)
    expect(message.bytes.readUInt16BE(message.bytes.length - 4)).toBe(0)
  })

  it('8.2.5: EDNS version negotiation with unknown flags', async () => {
    const query = queryOf({ name, type: 'SOA', version: 1 })
    query.writeUInt16BE(0x40, query.length - 4)
    const message = await send(query)
    expectBadVersion(message)
    expect(message.bytes.readUInt16BE(message.bytes.length - 4)).toBe(0)
  })

  it('8.2.6: EDNS version negotiation with unknown options', async () => {
    expectBadVersion(await ask({ version: 1, options: [unknownOption] }))
  })

  it('8.2.7: a truncated answer has its OPT record', async () => {
    const { rcode, flags, opts } = await ask({
      name: 'big.live.example.net',
      type: 'TXT',
      udpSize: 512,
      dnssecOk: true,
    })
    expect([rcode, flags, opts.length]).toEqual(['NOERROR', ['qr', 'aa', 'tc'], 1])
  })

  it('8.2.8: DO=1', async () => {
    const { rcode, answers, opt } = await ask({ dnssecOk: true })
    expect([rcode, answers[0].type, opt?.version, opt?.dnssecOk]).toEqual(['NOERROR', 'SOA', 0, true])
  })

  it('8.2.9: EDNS version negotiation with DO=1', async () => {
    expectBadVersion(await ask({ version: 1, dnssecOk: true }), true)
  })

  it('8.2.10: several defined EDNS options at once', async () => {
    const options = [
      { code: 3, data: Buffer.alloc(0) },
      { code: 8, data: Buffer.from('00010000', 'hex') },
      { code: 9, data: Buffer.alloc(0) },
      { code: 10, data: Buffer.from('0102030405060708', 'hex') },
    ]
    const message = await ask({ options })
    expect([message.rcode, message.answers[0].type, message.opts.length]).toEqual(['NOERROR', 'SOA', 1])
    const found = new Map(message.opt?.options.map(({ code, data }) => [code, data]))
    expect(found.get(3)?.toString()).toBe('conformance-1')
    expect(found.get(8)?.toString('hex')).toBe('00010000')
    expect(found.has(9)).toBe(false)
  })

  it('3.2.7: EDNS over TCP', async () => {
    const { answers } = await overTcp([framed(queryOf({ name, type: 'SOA', edns: true }))], { to: server }, 1, false)
    expectSoa(messageOf(answers[0]), 1)
  })

  it.each([
    ['IQUERY', 1],
    ['STATUS', 2],
    ['3, which has no name', 3],
    ['NOTIFY', 4],
    ['UPDATE', 5],
    ['DSO', 6],
    ['14', 14],
    ['15', 15],
  ])('3.1.4: an opcode that is not implemented is answered so, and kept: %s', async (_, opcode) => {
    for (const edns of [false, true]) {
      const message = await ask({ opcode, edns })
      expect([message.rcode, message.opcode, message.flags]).toEqual(['NOTIMP', opcode, ['qr']])
      expect(message.counts).toEqual([0, 0, 0, edns ? 1 : 0])
    }
  })

  it('3.1.4: UPDATE with all its sections, as nsupdate sends it', async () => {
    const update = Buffer.from(
      'ca1d28000001000000010000046c697665076578616d706c65036e65740000060001036e6577c00c000100010000003c0004c0000201',
      'hex',
    )
    const { rcode, opcode, bytes } = await send(update)
    expect([rcode, opcode, bytes.length]).toEqual(['NOTIMP', 5, 12])
  })

  it.each(['AXFR', 'IXFR'])('7: %s is refused', async (type) => {
    const message = await ask({ type, edns: true })
    expect([message.rcode, message.flags, message.counts]).toEqual(['REFUSED', ['qr'], [1, 0, 0, 1]])
    const { answers } = await overTcp([framed(queryOf({ name, type }))], { to: server }, 1, false)
    expect([answers.length, messageOf(answers[0]).rcode]).toEqual([1, 'REFUSED'])
  })

  it('3.1.1: a zone that is not ours is refused, and answered', async () => {
    const { rcode, counts } = await ask({ name: 'example.com' })
    expect([rcode, counts]).toEqual(['REFUSED', [1, 0, 0, 0]])
  })
})
