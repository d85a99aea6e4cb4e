// What people see who debug with dig, kdig or drill: the real programs, and no complaint of theirs.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../support/command.ts'
import { Site } from '../scenario/site.ts'
import { isMissing } from './tools.ts'

const stream = 'show1.play.live.example.net'
const hongKong = ['192.0.2.11', '192.0.2.12']
const germany = ['192.0.2.31', '192.0.2.32']
/** 1,313 bytes with their lengths: more than any UDP answer. */
const long = Array.from({ length: 13 }, (_, index) => `"${String(index % 10).repeat(100)}"`).join(' ')

/** What the programs print when an answer is not as it should be. */
const complaints = /warning|malformed|bad packet|extra|unexpected|mismatch|parse error/i

let site: Site

beforeAll(async () => {
  site = await Site.start({
    title: 'dig',
    base: 'world',
    config: { zones: { 'live.example.net': { records: [`long TXT ${long}`, 'status CNAME status.example.org.'] } } },
    steps: [],
  })
})
afterAll(() => site?.stop())

/** What dig prints; it fails only when nothing answers. */
async function dig(...args: readonly string[]): Promise<string> {
  const server = args.some((arg) => arg.startsWith('@')) ? [] : ['@127.0.0.1']
  const { status, stdout, stderr } = await run('dig', [...server, '-p', String(site.port), '+norecurse', ...args])
  expect(stderr).toBe('')
  expect(status).toBe(0)
  expect(stdout).not.toMatch(complaints)
  return stdout
}

/** The last field of every line of a section, sorted. */
function section(text: string, name: string): string[] {
  const lines = text.split(`;; ${name} SECTION:\n`).at(1)?.split('\n\n')[0].split('\n') ?? []
  return lines.map((line) => line.split(/\s+/).slice(4).join(' ')).toSorted()
}

function status(text: string): string | undefined {
  return /status: (\w+)/.exec(text)?.[1]
}

function flags(text: string): string | undefined {
  return /;; flags: ([^;]*);/.exec(text)?.[1]
}

function subnet(text: string): string | undefined {
  return /CLIENT-SUBNET: (\S+)/.exec(text)?.[1]
}

describe.skipIf(isMissing('dig', { dig: 'bind9-dnsutils' }))('dig', () => {
  it('gets addresses for the resolver it is, with an OPT record for its own', async () => {
    const text = await dig('-b', '127.31.1.7', stream)
    expect([status(text), flags(text), section(text, 'ANSWER')]).toEqual(['NOERROR', 'qr aa', hongKong])
    expect(text).toContain('; EDNS: version: 0, flags:; udp: 1232')
    expect(subnet(text)).toBeUndefined()
  })

  it('gets no OPT record when it sends none', async () => {
    const text = await dig('-b', '127.31.49.7', '+noedns', '+nocookie', stream)
    expect(section(text, 'ANSWER')).toEqual(germany)
    expect(text).not.toContain('OPT PSEUDOSECTION')
  })

  it.each([
    ['198.51.100.0/24', '198.51.100.0/24/24', hongKong],
    ['203.0.113.5', '203.0.113.5/32/25', germany],
    ['198.51.0.0/16', '198.51.0.0/16/24', undefined],
    ['2001:db8:100::/40', '2001:db8:100::/40/40', hongKong],
    ['2001:db8:4900:1::/64', '2001:db8:4900:1::/64/40', germany],
    ['::ffff:198.51.100.7', '::ffff:198.51.100.7/128/120', hongKong],
  ])('gets what clients of %s get, and the scope', async (asked, echoed, addresses) => {
    const text = await dig(`+subnet=${asked}`, stream)
    expect(subnet(text)).toBe(echoed)
    if (addresses !== undefined) expect(section(text, 'ANSWER')).toEqual(addresses)
  })

  it.each(['0', '0.0.0.0/0', '::/0'])('opts out with +subnet=%s', async (asked) => {
    const text = await dig('-b', '127.31.49.7', `+subnet=${asked}`, stream)
    expect(status(text)).toBe('NOERROR')
    expect(section(text, 'ANSWER')).toEqual(germany)
    expect(subnet(text)).toMatch(/\/0\/0$|^0$/)
  })

  it('gets the same over TCP and over IPv6', async () => {
    for (const args of [['+tcp'], ['@::1'], ['@::1', '+tcp']]) {
      const text = await dig(...args, '+subnet=203.0.113.0/25', stream)
      expect(section(text, 'ANSWER')).toEqual(germany)
      expect(subnet(text)).toBe('203.0.113.0/25/25')
    }
  })

  it('asks several questions in one connection', async () => {
    const names = ['show1', 'show2', 'show3'].map((name) => `${name}.play.live.example.net`)
    const text = await dig('+tcp', '+keepopen', '+subnet=203.0.113.0/25', ...names)
    expect(text.match(/status: NOERROR/g)).toHaveLength(3)
  })

  it('sees a truncated answer, and comes back over TCP by itself', async () => {
    const truncated = await dig('+ignore', '+bufsize=512', 'long.live.example.net', 'TXT')
    expect(flags(truncated)).toBe('qr aa tc')
    const whole = await dig('+bufsize=4096', 'long.live.example.net', 'TXT')
    expect(whole).toContain(';; Truncated, retrying in TCP mode.')
    expect(section(whole, 'ANSWER')).toEqual([long])
    expect(whole).toMatch(/\(TCP\)$/m)
  })

  it('learns who answered', async () => {
    expect(await dig('+nsid', stream)).toMatch(/; NSID: .*\("scenario-1"\)/)
    expect(section(await dig('CH', 'TXT', 'id.server'), 'ANSWER')).toEqual(['"scenario-1"'])
  })

  it('gets DO back and no signatures, for there are none', async () => {
    const text = await dig('+dnssec', '+subnet=198.51.100.0/24', stream)
    expect(text).toContain('flags: do; udp: 1232')
    expect(section(text, 'ANSWER')).toEqual(hongKong)
  })

  it('may write a client subnet by hand', async () => {
    const text = await dig('+ednsopt=8:00011800c63364', stream)
    expect([status(text), section(text, 'ANSWER')]).toEqual(['NOERROR', hongKong])
    for (const malformed of [
      '00012100c633640000',
      '00011818c63364',
      '00011900c633647f',
      '000118',
      '00030000',
      '0001',
    ]) {
      expect(status(await dig(`+ednsopt=8:${malformed}`, stream))).toBe('FORMERR')
    }
  })

  it('is told of another version of EDNS, and asks again with ours', async () => {
    expect(status(await dig('+edns=1', '+noednsnegotiation', stream))).toBe('BADVERS')
    expect(status(await dig('+edns=1', stream))).toBe('NOERROR')
  })

  it('passes over options and flags it makes up', async () => {
    const text = await dig(
      '+ednsopt=65001:c0ffee',
      '+ednsflags=0x7fff',
      '+subnet=198.51.100.0/24',
      '+padding=128',
      stream,
    )
    expect([status(text), section(text, 'ANSWER')]).toEqual(['NOERROR', hongKong])
  })

  it('reads HTTPS records', async () => {
    const text = await dig('+subnet=198.51.100.0/24', stream, 'HTTPS')
    expect(section(text, 'ANSWER').join()).toMatch(
      /^1 \. alpn="h2" port=8443 ipv4hint=192.0.2.1\S+ ipv6hint=2001:db8:1::1\S+$/,
    )
  })

  it('reads aliases, negative answers and refusals', async () => {
    expect(section(await dig('status.live.example.net'), 'ANSWER')).toEqual(['status.example.org.'])
    const missing = await dig('nowhere.live.example.net')
    expect([status(missing), flags(missing)]).toEqual(['NXDOMAIN', 'qr aa'])
    expect(section(missing, 'AUTHORITY').join()).toMatch(
      /^ns1\.live\.example\.net\. hostmaster\.example\.net\. \d+ 7200 /,
    )
    const refused = await dig('www.example.org')
    expect([status(refused), flags(refused)]).toEqual(['REFUSED', 'qr'])
    expect(refused).toContain('; EDE: 20 (Not Authoritative): (not a zone of this server)')
  })

  it('is told of messages that are no queries for records', async () => {
    expect(status(await dig('+noedns', '+opcode=notify', 'live.example.net', 'SOA'))).toBe('NOTIMP')
    expect(status(await dig('+noedns', '+opcode=15', 'live.example.net'))).toBe('NOTIMP')
    expect(status(await dig('+noedns', '+header-only', 'live.example.net'))).toBe('FORMERR')
  })

  it('is refused a transfer', async () => {
    expect(await dig('AXFR', 'live.example.net')).toContain('; Transfer failed.')
  })
})

describe.skipIf(isMissing('kdig', { kdig: 'knot-dnsutils' }))('kdig', () => {
  it('gets what clients of a subnet get', async () => {
    const args = ['@127.0.0.1', '-p', String(site.port), '+subnet=203.0.113.0/25', '+nsid', stream]
    const { status: code, stdout } = await run('kdig', args)
    expect(code).toBe(0)
    expect(stdout).toContain('CLIENT-SUBNET: 203.0.113.0/25/25')
    for (const address of germany) expect(stdout).toContain(address)
  })
})

describe.skipIf(isMissing('drill', { drill: 'ldnsutils' }))('drill', () => {
  it('gets addresses', async () => {
    const { status: code, stdout } = await run('drill', ['-p', String(site.port), stream, '@127.0.0.1'])
    expect(code).toBe(0)
    expect(stdout).toContain('rcode: NOERROR')
  })
})
