// RFC 7828, The edns-tcp-keepalive EDNS0 Option, over real sockets.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tcpLimits } from '../../src/server/tcp-limits.ts'
import { framed, overTcp, overUdp } from '../support/dns-talk.ts'
import { messageOf, queryOf, serve, type Message, type Served } from './fixture.ts'

const code = 11
const name = 'live.example.net'

describe('RFC 7828', () => {
  let server: Served
  beforeAll(async () => {
    server = await serve()
  })
  afterAll(() => server?.stop())

  async function askTcp(data: Buffer | null): Promise<Message> {
    const query = queryOf({ name, type: 'SOA', edns: true, options: data === null ? [] : [{ code, data }] })
    const { answers } = await overTcp([framed(query)], { to: server }, 1, false)
    return messageOf(answers[0])
  }

  it('3.1: the answer has the option once, with two octets of TIMEOUT in units of 100 milliseconds', async () => {
    const { rcode, opt } = await askTcp(Buffer.alloc(0))
    const timeout = Buffer.alloc(2)
    timeout.writeUInt16BE(tcpLimits.idleMs / 100)
    expect([rcode, opt?.options]).toEqual(['NOERROR', [{ code, data: timeout }]])
  })

  it('3.2.1: a client states no timeout, so one that does is told of its format error', async () => {
    for (const length of [1, 2, 4]) {
      const { rcode, opts } = await askTcp(Buffer.alloc(length))
      expect([rcode, opts.length]).toEqual(['FORMERR', 1])
    }
  })

  it('3.3.1: over UDP the option is passed over, whatever it says', async () => {
    for (const length of [0, 2]) {
      const options = [{ code, data: Buffer.alloc(length) }]
      const { rcode, opt } = messageOf(await overUdp(queryOf({ name, type: 'SOA', options }), { to: server }))
      expect([rcode, opt?.options]).toEqual(['NOERROR', []])
    }
  })

  it('3.3.2: who did not ask is not told, and without an OPT record nothing could be', async () => {
    expect((await askTcp(null)).opt?.options).toEqual([])
    const { answers } = await overTcp([framed(queryOf({ name, type: 'SOA' }))], { to: server }, 1, false)
    expect(messageOf(answers[0]).opts).toEqual([])
  })
})
