// The names of types and response codes, and reading them back.
import { expect, it } from 'vitest'
import { rcodeName, Type, typeName, typeNumber } from '../../../src/wire/constants.ts'

it.each(Object.entries(Type))('%s is a name both ways', (name, number) => {
  expect(typeName(number)).toBe(name)
  expect(typeNumber(name.toLowerCase())).toBe(number)
})

it.each([
  ['TYPE0', 0],
  ['type1234', 1234],
  ['TYPE65535', 65535],
  ['TYPE1', 1],
])('%s is a type number', (text, number) => {
  expect(typeNumber(text)).toBe(number)
})

it.each(['', 'TYPE', 'TYPE65536', 'TYPE-1', 'TYPE1x', 'toString', '__proto__', 'AAAAA'])('"%s" is no type', (text) => {
  expect(typeNumber(text)).toBeNull()
})

it('writes numbers without a name by number', () => {
  expect(typeName(65280)).toBe('TYPE65280')
  expect(rcodeName(3)).toBe('NXDOMAIN')
  expect(rcodeName(12)).toBe('RCODE12')
})
