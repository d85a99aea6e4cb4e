// The sockets of a process: bound all or none, taken over as they are, closed when nobody wants them. Sends nothing.
import { createServer } from 'node:net'
import { once } from 'node:events'
import { expect, it, onTestFinished } from 'vitest'
import { closeSockets, openListener, openSockets, type Sockets } from '../../../src/server/sockets.ts'
import { duplicate } from '../../../src/server/syscalls.ts'

const any = { address: '127.0.0.1', port: 0 }

function opened(...args: Parameters<typeof openSockets>): Sockets {
  const sockets = openSockets(...args)
  onTestFinished(() => closeSockets(sockets))
  return sockets
}

/** As a successor has them. */
function copied({ tcp, udp }: Sockets): Sockets {
  const copy = <T extends { descriptor: number }>(one: T): T => ({ ...one, descriptor: duplicate(one.descriptor) })
  return { tcp: tcp.map(copy), udp: udp.map(copy) }
}

it('are one listener and as many UDP sockets as asked for, on one port', () => {
  const { tcp, udp } = opened([any, { address: '::1', port: 0 }], 3)
  expect(tcp.map(({ endpoint }) => endpoint.address)).toEqual(['127.0.0.1', '::1'])
  expect(udp.map(({ endpoint }) => endpoint)).toEqual([0, 0, 0, 1, 1, 1].map((i) => tcp[i].endpoint))
})

it('that were inherited are taken as they are, and what they lack is made', () => {
  const before = opened([any], 2)
  const inherited = copied(before)
  const [{ endpoint }] = before.tcp
  const after = opened([endpoint, { address: '::1', port: 0 }], 1, inherited)
  expect(after.tcp[0]).toBe(inherited.tcp[0])
  expect(after.udp.slice(0, 2)).toEqual(inherited.udp)
  expect([after.tcp.length, after.udp.length]).toEqual([2, 3])
})

it('that were inherited for an address nobody wants any more are closed', () => {
  const before = openSockets([any], 2)
  const [{ endpoint }] = before.tcp
  opened([any], 1, before)
  // Free again: without SO_REUSEPORT nobody else could listen there.
  opened([endpoint], 1)
})

it('are all closed when one cannot be had', async () => {
  const other = createServer().listen(0, '::1')
  onTestFinished(() => void other.close())
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  const first = { address: '127.0.0.9', port }
  expect(() => openSockets([first, { address: '::1', port }], 2)).toThrow(`::1 port ${port} (TCP) is already in use`)
  opened([first], 2)
})

it('of the admin API are inherited or made in the same way, and named by their own key', () => {
  const [first] = opened([any], 1).tcp
  const inherited = { ...first, descriptor: duplicate(first.descriptor) }
  expect(openListener(first.endpoint, inherited, 'admin.listen')).toBe(inherited)
  expect(() => openListener(first.endpoint, undefined, 'admin.listen')).toThrow('give admin.listen another address')
  const elsewhere = openListener(any, inherited, 'admin.listen')
  onTestFinished(() => closeSockets({ tcp: [elsewhere], udp: [] }))
  expect(elsewhere.endpoint.port).not.toBe(first.endpoint.port)
})
