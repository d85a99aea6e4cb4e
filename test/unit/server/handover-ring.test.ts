// The ring between a door and the signer: what goes in comes out, in order, and no more than there is room for. Knows no DNS.
import { expect, it } from 'vitest'
import { Client } from '../../../src/server/client.ts'
import { udpRoomBytes } from '../../../src/server/door.ts'
import { createRing, HandoverRing } from '../../../src/server/handover-ring.ts'
import { Tickets } from '../../../src/server/tickets.ts'

function client(text: string, port: number): Client {
  const made = new Client()
  made.setFromText(text, port)
  return made
}

it('hands on a message with who asked and the ticket, in order', () => {
  const buffer = createRing()
  const [door, signer] = [new HandoverRing(buffer), new HandoverRing(buffer)]
  const asked = client('2001:db8::5', 4242)
  asked.scopeId = 3
  expect(door.push(Buffer.from('first'), 5, asked, 17)).toBe(true)
  expect(door.push(Buffer.from('and second'), 10, client('192.0.2.1', 53), 18)).toBe(true)
  expect(signer.waiting).toBe(2)
  const room = Buffer.alloc(udpRoomBytes)
  const who = new Client()
  expect(signer.take(room, who)).toBe(5)
  expect(room.toString('latin1', 0, 5)).toBe('first')
  expect([who.family, who.port, who.scopeId, signer.ticket]).toEqual([6, 4242, 3, 17])
  expect([...who.words]).toEqual([0x20010db8, 0, 0, 5])
  expect(signer.take(room, who)).toBe(10)
  expect(room.toString('latin1', 0, 10)).toBe('and second')
  expect([who.family, who.port, who.scopeId, who.words[0], signer.ticket]).toEqual([4, 53, 0, 0xc0000201, 18])
  expect(signer.take(room, who)).toBe(-1)
})

it('refuses what it has no room for, and goes on once there is some', () => {
  const buffer = createRing()
  const [door, signer] = [new HandoverRing(buffer), new HandoverRing(buffer)]
  const room = new Uint8Array(udpRoomBytes)
  const who = client('192.0.2.1', 53)
  expect(door.push(new Uint8Array(udpRoomBytes + 1), udpRoomBytes + 1, who, 0)).toBe(false)
  for (let round = 0; round < 3; round++) {
    let pushed = 0
    while (door.push(room, udpRoomBytes, who, pushed)) pushed++
    expect(pushed).toBe(256)
    for (let ticket = 0; ticket < pushed; ticket++) {
      expect(signer.take(room, who)).toBe(udpRoomBytes)
      expect(signer.ticket).toBe(ticket)
    }
  }
})

it('gives a ticket back once, and forgets the oldest of too many', () => {
  const forgotten: string[] = []
  const tickets = new Tickets<string>((holder) => void forgotten.push(holder))
  const first = tickets.give('first')
  const second = tickets.give('second')
  expect([tickets.outstanding, tickets.take(second), tickets.take(second), tickets.outstanding]).toEqual([
    2,
    'second',
    undefined,
    1,
  ])
  for (let i = 0; i < 1024; i++) tickets.give(`${i}`)
  expect(forgotten).toEqual(['first'])
  expect(tickets.take(first)).toBe(undefined)
  expect(tickets.outstanding).toBe(1024)
  expect(tickets.take(first + 5000)).toBe(undefined)
})
