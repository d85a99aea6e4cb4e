// RFC 3597, Handling of Unknown DNS Resource Record Types.
import { describe, expect, it } from 'vitest'
import { ask } from './fixture.ts'

describe('RFC 3597', () => {
  it.each(['TYPE1000', 'TYPE65280', 'TYPE65535', 'TYPE0', 'TYPE99', 'TYPE128'])(
    '2: a type nobody knows is one that the name does not have: %s',
    (type) => {
      const { rcode, flags, counts } = ask({ name: 'multi.live.example.net', type })
      expect([rcode, flags, counts]).toEqual(['NOERROR', ['qr', 'aa'], [1, 0, 1, 0]])
    },
  )

  it('2: and so at a steered name', () => {
    const { rcode, counts } = ask({ name: 'show1.play.live.example.net', type: 'TYPE1000' })
    expect([rcode, counts]).toEqual(['NOERROR', [1, 0, 1, 0]])
  })

  it('3: data of an unknown type is answered octet by octet, also what looks like a pointer', () => {
    const { bytes, counts, question } = ask({ name: 'opaque.live.example.net', type: 'TYPE65280' })
    expect(counts).toEqual([1, 1, 0, 0])
    expect(bytes.toString('hex', 12 + question.length)).toBe('c00cff0000010000012c0008c00c0000c0de0001')
  })

  it('4: names in data of types newer than RFC 1035 are not compressed', () => {
    const { bytes } = ask({ name: '_sip._tcp.live.example.net', type: 'SRV' })
    expect(bytes.includes(Buffer.from('\x05multi\x04live\x07example\x03net\0', 'latin1'))).toBe(true)
  })

  it('5: the generic form of a known type is the same record', () => {
    const { answers } = ask({ name: 'generic.live.example.net' })
    expect(answers.map(({ type, data }) => [type, data])).toEqual([['A', '192.0.2.7']])
  })

  it('2: a class nobody serves is refused, not misread as IN', () => {
    for (const one of ['HS', 'ANY']) {
      const { rcode, counts } = ask({ name: 'multi.live.example.net', class: one })
      expect([rcode, counts]).toEqual(['REFUSED', [1, 0, 0, 0]])
    }
  })
})
