// RFC 8914, Extended DNS Errors: which ones are sent, and to whom.
import { describe, expect, it } from 'vitest'
import { ask, fixtureWorld } from './fixture.ts'

const steered = { name: 'show1.play.live.example.net', subnet: '198.51.100.0/24' }

describe('RFC 8914', () => {
  it('2: the option is a code in two octets and a text in UTF-8 without an end mark', () => {
    const { opt } = ask({ name: 'example.com', edns: true })
    expect(opt?.options.map(({ code }) => code)).toEqual([15])
    const data = opt?.options[0].data ?? Buffer.alloc(2)
    expect([data.readUInt16BE(0), data.toString('utf8', 2)]).toEqual([20, 'not a zone of this server'])
  })

  it('3: only who has an OPT record is told, and the rcode is the same without', () => {
    const [plain, extended] = [false, true].map((edns) => ask({ name: 'example.com', edns }))
    expect([plain.opts, plain.rcode, extended.rcode]).toEqual([[], 'REFUSED', 'REFUSED'])
  })

  it('3: what goes well has none', () => {
    for (const asked of [
      steered,
      { name: 'multi.live.example.net', edns: true },
      { name: 'nowhere.live.example.net', edns: true },
    ]) {
      expect(ask(asked).errors).toEqual([])
    }
  })

  it('4.1: other error, with its text, where no node is healthy and all are answered', () => {
    const world = fixtureWorld()
    for (const { name } of world.config.nodes) world.setVerdict(name, 0)
    const { rcode, errors, answers } = ask(steered, world)
    expect([rcode, errors]).toEqual(['NOERROR', [[0, 'no node is healthy, answered as if all were']]])
    expect(answers.length).toBeGreaterThan(0)
  })

  it('4.4: stale answer, on all that comes from a table whose successor was refused, until there is one', () => {
    const { state, published } = fixtureWorld()
    state.swap({ ...published, stale: true })
    const stale = [[3, 'a newer configuration was refused']]
    expect(ask(steered, { state }).errors).toEqual(stale)
    expect(ask({ name: 'nowhere.live.example.net', edns: true }, { state }).errors).toEqual(stale)
    expect(ask({ name: 'multi.live.example.net' }, { state }).opts).toEqual([])
    // A reason of its own says more than that.
    expect(ask({ name: 'example.com', edns: true }, { state }).errors[0][0]).toBe(20)
    expect(ask({ name: 'live.example.net', edns: true, flags: ['tc'] }, { state }).errors).toEqual([])
    state.swap(published)
    expect(ask(steered, { state }).errors).toEqual([])
  })

  it.each(['AXFR', 'IXFR'])('4.19: prohibited, for %s', (type) => {
    const { rcode, errors } = ask({ name: 'live.example.net', type, edns: true })
    expect([rcode, errors]).toEqual(['REFUSED', [[18, 'zones are not transferred']]])
  })

  it('4.21: not authoritative, for names outside the zones', () => {
    for (const name of ['', 'net', 'example.com', 'notlive.example.net']) {
      expect(ask({ name, edns: true }).errors).toEqual([[20, 'not a zone of this server']])
    }
  })

  it('4.22: not supported, for opcodes and classes', () => {
    const name = 'live.example.net'
    expect(ask({ name, opcode: 5, edns: true }).errors).toEqual([[21, 'only the opcode QUERY is answered']])
    expect(ask({ name, class: 'HS', edns: true }).errors).toEqual([[21, 'only class IN is served']])
  })

  it('3: where it has no room it is left out, and nothing is truncated for it', () => {
    const { state, published } = fixtureWorld()
    state.swap({ ...published, stale: true })
    const asked = { name: 'example.org', type: 'NS', edns: true }
    const whole = ask(asked, { state })
    const without = ask({ ...asked, udpSize: whole.bytes.length - 1 }, { state })
    expect([whole.errors.length, without.errors.length, without.flags, without.counts[1]]).toEqual([
      1,
      0,
      ['qr', 'aa'],
      9,
    ])
  })
})
