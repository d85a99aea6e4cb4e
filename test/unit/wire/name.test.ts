// Names between text and wire form, and inside messages.
import { describe, expect, it } from 'vitest'
import { completeName, decodeName, encodeName, formatName, lowerName, skipName } from '../../../src/wire/name.ts'

const wire = (...labels: string[]) =>
  Uint8Array.from([...labels.flatMap((label) => [label.length, ...Buffer.from(label)]), 0])
const label63 = 'a'.repeat(63)
/** 255 octets in wire form: three labels of 63, one of 61, the root. */
const longest = `${label63}.${label63}.${label63}.${'b'.repeat(61)}.`

describe('encodeName', () => {
  it.each([
    ['.', wire()],
    ['example.net', wire('example', 'net')],
    ['example.net.', wire('example', 'net')],
    ['Show1.Example.NET', wire('Show1', 'Example', 'NET')],
    ['*.play.example.net', wire('*', 'play', 'example', 'net')],
    ['a\\.b.net', wire('a.b', 'net')],
    ['a\\046b.net', wire('a.b', 'net')],
    ['\\000\\255.net', Uint8Array.of(2, 0, 255, 3, 0x6e, 0x65, 0x74, 0)],
    ['a\\\\.net', wire('a\\', 'net')],
    ['a\\ b.net', wire('a b', 'net')],
    [`${label63}.net`, wire(label63, 'net')],
  ])('reads %s', (text, expected) => {
    expect(encodeName(text)).toEqual(expected)
  })

  it('takes a name of 255 octets and refuses one of 256', () => {
    expect(encodeName(longest)?.length).toBe(255)
    expect(encodeName(`b${longest}`)).toBeNull()
    expect(encodeName(`${longest.slice(0, -1)}b.`)).toBeNull()
    expect(encodeName(`${longest}x`)).toBeNull()
  })

  it.each([
    '',
    '..',
    '.net',
    'a..net',
    'net..',
    `${label63}a.net`,
    'a b.net',
    'a\tb',
    'exämple.net',
    'a\\',
    'a\\25',
    'a\\256',
    'a\\2x5',
    'a\\ä',
    'a\\\u007f',
    'a\u007f',
  ])('refuses "%s"', (text) => {
    expect(encodeName(text)).toBeNull()
  })
})

describe('completeName', () => {
  const origin = wire('live', 'example', 'net')

  it.each([
    ['@', origin],
    ['play', wire('play', 'live', 'example', 'net')],
    ['*.play', wire('*', 'play', 'live', 'example', 'net')],
    ['play.', wire('play')],
    ['play\\.', wire('play.', 'live', 'example', 'net')],
    ['play\\\\.', wire('play\\')],
    ['.', wire()],
  ])('completes %s', (text, expected) => {
    expect(completeName(text, origin)).toEqual(expected)
  })

  it('refuses a relative name without an origin, and one that becomes too long', () => {
    expect(completeName('play')).toBeNull()
    expect(completeName('@')).toBeNull()
    expect(completeName('a..b', origin)).toBeNull()
  })

  it('completes to 255 octets and no more', () => {
    const most = longest.slice(0, -2 - 'live.example.net'.length)
    expect(completeName(most, origin)?.length).toBe(255)
    expect(completeName(`${most}b`, origin)).toBeNull()
  })
})

describe('formatName', () => {
  it.each([
    [wire(), '.'],
    [wire('Example', 'net'), 'Example.net.'],
    [wire('a.b', 'net'), 'a\\.b.net.'],
    [wire('a\\"();@$ b'), 'a\\\\\\"\\(\\)\\;\\@\\$\\032b.'],
    [Uint8Array.of(2, 0, 255, 0), '\\000\\255.'],
  ])('writes %j', (bytes, text) => {
    expect(formatName(bytes)).toBe(text)
  })

  it('starts where it is told', () => {
    expect(formatName(Uint8Array.of(9, 9, ...wire('net')), 2)).toBe('net.')
  })
})

it('lowerName lowers ASCII letters only and leaves its argument alone', () => {
  const name = Uint8Array.of(4, 0x41, 0x5a, 0xc4, 0x5b, 63, ...Buffer.alloc(63, 'Q'), 0)
  const before = name.slice()
  expect(lowerName(name)).toEqual(Uint8Array.of(4, 0x61, 0x7a, 0xc4, 0x5b, 63, ...Buffer.alloc(63, 'q'), 0))
  expect(name).toEqual(before)
})

describe('decodeName', () => {
  it('follows pointers and returns where the name ends in place', () => {
    const message = Uint8Array.of(...wire('example', 'net'), 4, ...Buffer.from('Play'), 0xc0, 0, 0xff)
    expect(decodeName(message, 13)).toEqual({ name: wire('Play', 'example', 'net'), next: 20 })
    expect(decodeName(message, 0)).toEqual({ name: wire('example', 'net'), next: 13 })
  })

  it('follows a chain of pointers that each go further back', () => {
    const message = Uint8Array.of(0, 1, 0x61, 0xc0, 0, 1, 0x62, 0xc0, 1, 0xc0, 5)
    expect(decodeName(message, 9)).toEqual({ name: wire('b', 'a'), next: 11 })
  })

  it.each([
    ['a pointer to itself', [0xc0, 0], 0],
    ['a pointer forward', [0, 0xc0, 3, 0], 1],
    ['a pointer into its own name', [1, 0x61, 0xc0, 0], 0],
    ['two pointers in a circle', [0xc0, 2, 0xc0, 0], 2],
    ['a pointer cut off', [0, 0xc0], 1],
    ['a label cut off', [3, 0x61, 0x62], 0],
    ['no root', [1, 0x61], 0],
    ['a reserved label type', [0x40, ...Buffer.alloc(64, 0x61), 0], 0],
    ['another reserved label type', [0x80, 0], 0],
    ['an offset past the end', [0], 1],
  ])('refuses %s', (_, message, offset) => {
    expect(decodeName(Uint8Array.from(message), offset)).toBeNull()
  })

  it('refuses a name that pointers make longer than 255 octets', () => {
    const name = encodeName(longest) ?? new Uint8Array()
    const message = Uint8Array.of(...name, 1, 0x78, 0xc0, 0)
    expect(decodeName(message, 0)?.name.length).toBe(255)
    expect(decodeName(message, 255)).toBeNull()
  })
})

describe('skipName', () => {
  it.each([
    ['a name', [...wire('example', 'net'), 7], 13],
    ['the root', [0, 7], 1],
    ['a pointer, wherever it points', [0xff, 0xff, 7], 2],
    ['labels before a pointer', [1, 0x61, 0xc0, 0, 7], 4],
  ])('passes %s', (_, message, next) => {
    expect(skipName(Uint8Array.from([9, ...message]), 1, message.length + 1)).toBe(next + 1)
  })

  it.each([
    ['a label cut off', [3, 0x61, 0x62, 0x63], 3],
    ['a name without its root', [1, 0x61, 0], 2],
    ['a pointer cut off', [0xc0, 0], 1],
    ['a reserved label type', [0x40, 0], 2],
    ['another reserved label type', [0xbf, 0], 2],
    ['nothing', [], 0],
  ])('refuses %s', (_, message, length) => {
    expect(skipName(Uint8Array.from(message), 0, length)).toBe(-1)
  })

  it('refuses a name of 256 octets', () => {
    const name = encodeName(longest) ?? new Uint8Array()
    expect(skipName(name, 0, name.length)).toBe(255)
    const longer = Uint8Array.of(1, 0x61, ...name)
    expect(skipName(longer, 0, longer.length)).toBe(-1)
  })
})
