// Slots: stable while used, reused only when nobody can read them any more.
import { expect, it } from 'vitest'
import { NodeSlots } from '../../../src/fleet/slots.ts'

it('gives every name a slot of its own within the capacity, and the same one each time', () => {
  const slots = new NodeSlots(3)
  const first = slots.assign(['a', 'b', 'c'])
  expect(new Set(first)).toEqual(new Set([0, 1, 2]))
  expect(slots.assign(['c', 'a', 'a'])).toEqual([first[2], first[0], first[0]])
  expect([slots.slotOf('b'), slots.slotOf('unheard of')]).toEqual([first[1], -1])
})

it('reuses a slot only once the snapshot without its node is acknowledged', () => {
  const slots = new NodeSlots(2)
  const [, b] = slots.assign(['a', 'b'])
  slots.retire(['b'], 7)
  expect(() => slots.assign(['a', 'c'])).toThrow()
  expect(slots.acknowledge(6)).toEqual([])
  expect(() => slots.assign(['a', 'c'])).toThrow()
  expect(slots.acknowledge(7)).toEqual([b])
  expect(slots.slotOf('b')).toBe(-1)
  expect(slots.assign(['c'])).toEqual([b])
})

it('gives a retired name that comes back its old slot, and then keeps it', () => {
  const slots = new NodeSlots(2)
  const [a] = slots.assign(['a'])
  slots.retire(['a'], 1)
  expect(slots.assign(['a'])).toEqual([a])
  expect(slots.acknowledge(5)).toEqual([])
  expect(slots.slotOf('a')).toBe(a)
})

it('frees a slot once, however often it is acknowledged', () => {
  const slots = new NodeSlots(2)
  slots.assign(['a'])
  slots.retire(['a', 'unheard of'], 1)
  expect([slots.acknowledge(1), slots.acknowledge(2)]).toEqual([[0], []])
  expect(new Set(slots.assign(['b', 'c']))).toEqual(new Set([0, 1]))
})

it('refuses what does not fit, says what to do, and assigns nothing', () => {
  const slots = new NodeSlots(2)
  slots.assign(['a'])
  expect(() => slots.assign(['b', 'c'])).toThrow(
    expect.objectContaining({ code: 'NC_CONFIG', message: expect.stringContaining('1 of 2 are free') }),
  )
  expect([slots.slotOf('b'), slots.slotOf('c')]).toEqual([-1, -1])
  expect(slots.assign(['b'])).toEqual([1])
})
