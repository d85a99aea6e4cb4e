// RFC 8482, Providing Minimal-Sized Responses to DNS Queries That Have QTYPE=ANY.
import { describe, expect, it } from 'vitest'
import { ask } from './fixture.ts'

describe('RFC 8482', () => {
  it.each(['live.example.net', 'multi.live.example.net', 'big.live.example.net', 'show1.play.live.example.net'])(
    '4.2: ANY is answered with one HINFO record of its own making: %s',
    (name) => {
      const { rcode, flags, counts, answers } = ask({ name, type: 'ANY' })
      expect([rcode, flags, counts]).toEqual(['NOERROR', ['qr', 'aa'], [1, 1, 0, 0]])
      expect(answers[0]).toEqual({ owner: `${name}.`, type: 'HINFO', ttl: 3600, data: '"RFC8482" ""' })
    },
  )

  it('4.2: where a CNAME stands, nothing is made up beside it', () => {
    const { answers } = ask({ name: 'away.live.example.net', type: 'ANY' })
    expect(answers.map(({ type, data }) => `${type} ${data}`)).toEqual(['CNAME www.example.com.'])
    expect(ask({ name: 'chain1.live.example.net', type: 'ANY' }).answers).toHaveLength(1)
  })

  it('4.2: a name without any record has none for ANY either', () => {
    const { rcode, counts } = ask({ name: 'b.c.live.example.net', type: 'ANY' })
    expect([rcode, counts]).toEqual(['NOERROR', [1, 0, 1, 0]])
  })

  it('4.2: the CPU field is RFC8482 and the OS field is empty', () => {
    const { bytes } = ask({ name: 'live.example.net', type: 'ANY' })
    expect(bytes.subarray(-11).toString('hex')).toBe(`0009${'07'}${Buffer.from('RFC8482').toString('hex')}00`)
  })

  it('4.2: a real HINFO query is not answered with it', () => {
    const { rcode, counts } = ask({ name: 'multi.live.example.net', type: 'TYPE13' })
    expect([rcode, counts]).toEqual(['NOERROR', [1, 0, 1, 0]])
  })

  it('4: a name that does not exist still does not', () => {
    expect(ask({ name: 'nowhere.live.example.net', type: 'ANY' }).rcode).toBe('NXDOMAIN')
  })

  it('4.4: over TCP it is the same', () => {
    const [udp, tcp] = [false, true].map((over) => ask({ name: 'big.live.example.net', type: 'ANY' }, { tcp: over }))
    expect(tcp.bytes).toEqual(udp.bytes)
  })

  it('1: the answer is hardly longer than the question', () => {
    const { bytes, question } = ask({ name: 'big.live.example.net', type: 'ANY' })
    expect(bytes.length).toBeLessThanOrEqual(2 * (12 + question.length))
  })
})
