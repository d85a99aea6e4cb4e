// The OPT record of an answer, read back by dns-packet.
import dnsPacket, { type OptAnswer } from 'dns-packet'
import { describe, expect, it } from 'vitest'
import { Ecs, parseEcs } from '../../../src/wire/ecs.ts'
import {
  addEcs,
  addEde,
  addKeepalive,
  addNsid,
  beginOpt,
  ecsLength,
  edeLength,
  endOpt,
  keepaliveLength,
  nsidLength,
  optLength,
} from '../../../src/wire/edns.ts'

const start = 12

/** A header with one additional record, which `fill` writes the options of. */
function answer(
  rcode: number,
  dnssecOk: boolean,
  fill: (bytes: Uint8Array, at: number) => number,
): { opt: OptAnswer; length: number } {
  const bytes = new Uint8Array(200).fill(0xee)
  bytes.set([0, 1, 0x84, 0, 0, 0, 0, 0, 0, 0, 0, 1])
  const end = fill(bytes, beginOpt(bytes, start, rcode, dnssecOk))
  endOpt(bytes, start, end)
  const opt = dnsPacket.decode(Buffer.from(bytes.subarray(0, end))).additionals?.[0]
  if (opt?.type !== 'OPT') throw new Error('no OPT record')
  return { opt, length: end - start }
}

function ecsOf(...data: number[]): Ecs {
  const ecs = new Ecs()
  expect(parseEcs(Uint8Array.from(data), 0, data.length, ecs)).toBe(true)
  return ecs
}

describe('an OPT record', () => {
  it('without options has our size, version 0 and no flags', () => {
    const { opt, length } = answer(0, false, (_, at) => at)
    expect(opt).toMatchObject({
      name: '.',
      udpPayloadSize: 1232,
      extendedRcode: 0,
      ednsVersion: 0,
      flags: 0,
      options: [],
    })
    expect(length).toBe(optLength)
  })

  it('echoes DO and carries the upper bits of the rcode', () => {
    expect(answer(16, true, (_, at) => at).opt).toMatchObject({
      extendedRcode: 1,
      ednsVersion: 0,
      flags: dnsPacket.DNSSEC_OK,
    })
  })

  it.each([
    ['IPv4', [0, 1, 22, 0, 198, 51, 100], 20],
    ['IPv6', [0, 2, 56, 0, 0x20, 1, 0x0d, 0xb8, 0, 0, 1], 48],
    ['the opt-out', [0, 1, 0, 0], 0],
    ['the opt-out of dig', [0, 0, 0, 0], 0],
  ])('echoes the ECS as it came but for the scope: %s', (_, data, scope) => {
    const ecs = ecsOf(...data)
    const bytes = new Uint8Array(40).fill(0xee)
    const end = addEcs(bytes, 1, ecs, scope)
    expect(end - 1).toBe(ecsLength(ecs))
    const expected = data.with(3, scope)
    expect([...bytes.subarray(0, end + 1)]).toEqual([0xee, 0, 8, 0, data.length, ...expected, 0xee])
    expect(ecs.raw[3]).toBe(0)
  })

  it('says how long an idle connection is kept', () => {
    const { opt, length } = answer(0, false, (bytes, at) => addKeepalive(bytes, at, 300))
    expect(opt.options).toMatchObject([{ code: 11, timeout: 300 }])
    expect(length).toBe(optLength + keepaliveLength)
  })

  it('carries ECS, NSID and an extended error together', () => {
    const ecs = ecsOf(0, 1, 24, 0, 198, 51, 100)
    const identity = Buffer.from('hkg-a')
    const text = Buffer.from('no edge is up')
    const { opt, length } = answer(0, false, (bytes, at) =>
      addEde(bytes, addNsid(bytes, addEcs(bytes, at, ecs, 24), identity), 3, text),
    )
    expect(opt.options).toMatchObject([
      { code: 8, family: 1, sourcePrefixLength: 24, scopePrefixLength: 24, ip: '198.51.100.0' },
      { code: 3, data: identity },
      { code: 15, data: Buffer.from([0, 3, ...text]) },
    ])
    expect(length).toBe(optLength + ecsLength(ecs) + nsidLength(identity) + edeLength(text))
  })
})
