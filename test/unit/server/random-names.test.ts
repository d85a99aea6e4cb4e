// A flood of random names leaves nothing behind: on the unsigned path no name is ever remembered, so nothing useful is evicted.
import { describe, expect, it } from 'vitest'
import { Transport, answer } from '../../../src/server/answer.ts'
import { Client } from '../../../src/server/client.ts'
import { setRateLimits } from '../../../src/server/rate-limits.ts'
import { query } from '../../support/ask.ts'
import { makeWorld } from '../../support/world.ts'

const floods = 200_000

describe('a flood of random names under and beside a wildcard', () => {
  it('changes no table, takes no memory, and the next answers are the same', () => {
    const { state, published, protection, config } = makeWorld()
    setRateLimits(protection.limits, { ...config.server.rateLimit, mode: 'enforce' })
    const tables = Buffer.from(new Uint8Array(published.tables).slice())
    const blocks = Buffer.from(new Uint8Array(published.blocks).slice())
    const sizes = [protection.limits.sources.length, protection.limits.buckets.length]
    const room = new Uint8Array(4096)
    const client = new Client()
    client.setFromText('198.51.100.9', 5353)
    const asked = query({ name: 'show1.play.live.example.net', edns: true })
    const reply = (): string => {
      room.set(asked)
      return Buffer.from(room.subarray(0, answer(room, asked.length, client, Transport.tcp, state))).toString('hex')
    }
    const before = reply()
    const templates = ['00000000.play.live.example.net', '00000000.live.example.net'].map((name) =>
      query({ name, dnssecOk: true }),
    )
    const flood = (from: number, to: number): void => {
      for (let i = from; i < to; i++) {
        const packet = templates[i & 1]
        room.set(packet)
        for (let digit = 0; digit < 8; digit++) room[13 + digit] = 0x61 + ((i >>> (digit * 4)) & 15)
        state.clock.set(0, i / 100)
        answer(room, packet.length, client, Transport.udp, state)
      }
    }
    flood(0, 20_000)
    const heapBefore = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers
    flood(20_000, floods)
    const grown = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers - heapBefore
    // 64 octets a name would be 11 MB.
    expect(grown).toBeLessThan(4 << 20)
    expect(tables.equals(new Uint8Array(published.tables))).toBe(true)
    expect(blocks.equals(new Uint8Array(published.blocks))).toBe(true)
    expect([protection.limits.sources.length, protection.limits.buckets.length]).toEqual(sizes)
    expect(reply()).toBe(before)
  })
})
