// Header fields and integers written over a query.
import { describe, expect, it } from 'vitest'
import {
  getU16,
  getU32,
  putBytes,
  putU16,
  putU32,
  setTruncated,
  writeCounts,
  writeFlags,
} from '../../../src/wire/header.ts'

const header = (flags: number) => Uint8Array.of(0x12, 0x34, flags >> 8, flags & 255, 0, 1, 0, 0, 0, 0, 0, 1)

describe('writeFlags', () => {
  it.each([
    ['keeps RD', 0x0100, true, 0, 0x8500],
    ['clears what only an answer or a resolver sets', 0x06ff, true, 0, 0x8400],
    ['keeps the opcode it does not implement', 0x2800, false, 4, 0xa804],
    ['leaves the upper bits of an rcode to the OPT', 0x0000, false, 16, 0x8000],
    ['writes the rcode over the one that came', 0x000f, true, 3, 0x8403],
  ])('%s', (_, flags, authoritative, rcode, expected) => {
    const bytes = header(flags)
    writeFlags(bytes, authoritative, rcode)
    expect(bytes).toEqual(header(expected))
  })
})

it('setTruncated sets TC alone', () => {
  const bytes = header(0x8500)
  setTruncated(bytes)
  expect(bytes).toEqual(header(0x8700))
})

it('writeCounts writes the four counts', () => {
  const bytes = header(0x8500)
  writeCounts(bytes, 1, 2, 0x0304, 65535)
  expect([...bytes.subarray(4)]).toEqual([0, 1, 0, 2, 3, 4, 255, 255])
})

it.each([0, 1, 255, 256, 65535])('the 16-bit integer %i is put and got', (value) => {
  const bytes = new Uint8Array(4).fill(7)
  expect(putU16(bytes, 1, value)).toBe(3)
  expect(getU16(bytes, 1)).toBe(value)
  expect([bytes[0], bytes[3]]).toEqual([7, 7])
})

it.each([0, 1, 0x01020304, 2 ** 31, 2 ** 32 - 1])('the 32-bit integer %i is put and got', (value) => {
  const bytes = new Uint8Array(6).fill(7)
  expect(putU32(bytes, 1, value)).toBe(5)
  expect(getU32(bytes, 1)).toBe(value)
  expect([bytes[0], bytes[5]]).toEqual([7, 7])
})

it('putBytes copies as many octets as it is told', () => {
  const bytes = new Uint8Array(4)
  expect(putBytes(bytes, 1, Uint8Array.of(1, 2, 3), 2)).toBe(3)
  expect([...bytes]).toEqual([0, 1, 2, 0])
})
