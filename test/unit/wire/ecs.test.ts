// The EDNS Client Subnet option: what is read, and every malformation that must become FORMERR.
import { describe, expect, it } from 'vitest'
import { Ecs, parseEcs } from '../../../src/wire/ecs.ts'

function parse(...data: number[]): { valid: boolean; ecs: Ecs } {
  const ecs = new Ecs()
  return { valid: parseEcs(Uint8Array.of(0xee, 0xee, ...data, 0xee), 2, data.length, ecs), ecs }
}

const padded = (...octets: number[]) => Uint8Array.from({ length: 16 }, (_, i) => octets[i] ?? 0)

describe('a well-formed option', () => {
  it.each([
    ['IPv4 /24', [0, 1, 24, 0, 198, 51, 100], 1, 24, padded(198, 51, 100)],
    ['IPv4 /32', [0, 1, 32, 0, 198, 51, 100, 7], 1, 32, padded(198, 51, 100, 7)],
    ['IPv4 /1', [0, 1, 1, 0, 128], 1, 1, padded(128)],
    ['IPv4 /22, its spare bits zero', [0, 1, 22, 0, 198, 51, 100], 1, 22, padded(198, 51, 100)],
    ['IPv4 /0, the opt-out', [0, 1, 0, 0], 1, 0, padded()],
    ['IPv6 /56', [0, 2, 56, 0, 0x20, 1, 0x0d, 0xb8, 0, 1, 2], 2, 56, padded(0x20, 1, 0x0d, 0xb8, 0, 1, 2)],
    ['IPv6 /0, the opt-out', [0, 2, 0, 0], 2, 0, padded()],
    ['family 0 with /0 and no address, the opt-out of dig', [0, 0, 0, 0], 0, 0, padded()],
  ])('%s', (_, data, family, source, address) => {
    const { valid, ecs } = parse(...data)
    expect(valid).toBe(true)
    expect(ecs).toMatchObject({ present: true, family, source, address, rawLength: data.length })
    expect(ecs.raw.subarray(0, ecs.rawLength)).toEqual(Uint8Array.from(data))
  })

  it('IPv6 /128', () => {
    const address = Array.from({ length: 16 }, (_, i) => i + 1)
    expect(parse(0, 2, 128, 0, ...address)).toMatchObject({
      valid: true,
      ecs: { address: Uint8Array.from(address), rawLength: 20 },
    })
  })

  it('leaves nothing of the one before it', () => {
    const ecs = new Ecs()
    parseEcs(Uint8Array.of(0, 2, 128, 0, ...Buffer.alloc(16, 0xff)), 0, 20, ecs)
    parseEcs(Uint8Array.of(0, 1, 8, 0, 10), 0, 5, ecs)
    expect(ecs).toMatchObject({ family: 1, source: 8, address: padded(10), rawLength: 5 })
  })
})

describe('a malformed option', () => {
  it.each([
    ['an unknown family', [0, 3, 0, 0]],
    ['a family above 255', [1, 1, 0, 0]],
    ['family 0 with a prefix', [0, 0, 8, 0, 10]],
    ['family 0 with an address', [0, 0, 0, 0, 10]],
    ['family 0 with a scope', [0, 0, 0, 1]],
    ['an IPv4 source longer than 32', [0, 1, 33, 0, 198, 51, 100, 7, 0]],
    ['an IPv6 source longer than 128', [0, 2, 129, 0, ...Buffer.alloc(17)]],
    ['an option shorter than its fixed part', [0, 1, 0]],
    ['an empty option', []],
    ['an address shorter than its source', [0, 1, 24, 0, 198, 51]],
    ['no address for its source', [0, 1, 24, 0]],
    ['an address longer than its source', [0, 1, 24, 0, 198, 51, 100, 0]],
    ['an address with /0', [0, 1, 0, 0, 0]],
    ['an IPv6 address longer than its source', [0, 2, 56, 0, 0x20, 1, 0x0d, 0xb8, 0, 1, 2, 0]],
    ['non-zero trailing bits', [0, 1, 22, 0, 198, 51, 101]],
    ['the last trailing bit set', [0, 1, 1, 0, 129]],
    ['non-zero trailing bits in IPv6', [0, 2, 33, 0, 0x20, 1, 0x0d, 0xb8, 1]],
    ['a non-zero scope in a query', [0, 1, 24, 24, 198, 51, 100]],
    ['a non-zero scope with /0', [0, 1, 0, 1]],
  ])('%s', (_, data) => {
    const { valid, ecs } = parse(...data)
    expect(valid).toBe(false)
    expect(ecs.present).toBe(false)
  })

  it('takes back what an earlier query left', () => {
    const ecs = new Ecs()
    parseEcs(Uint8Array.of(0, 1, 8, 0, 10), 0, 5, ecs)
    parseEcs(Uint8Array.of(0, 1, 8, 8, 10), 0, 5, ecs)
    expect(ecs.present).toBe(false)
  })
})
