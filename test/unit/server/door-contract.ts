// What every door promises, as one suite that each door's test runs. Knows no DNS: answers are made by the tests.
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Client } from '../../../src/server/client.ts'
import type { Door, DoorSettings, Respond } from '../../../src/server/door.ts'
import { createCounters, type Counters } from '../../../src/telemetry/counters.ts'

type Endpoint = Door['bound'][number]

/** One conversation with a door. */
export interface Talk {
  /** This end's port. */
  readonly port: number
  send(message: Uint8Array): void
  /** The next answer; rejects when the other side closed instead. */
  receive(): Promise<Buffer>
  close(): Promise<void>
}

export interface Kind {
  readonly open: (settings: DoorSettings) => Promise<Door>
  readonly protocol: 'UDP' | 'TCP'
  /** What `bytes` holds: query and answer alike. */
  readonly room: number
  readonly talk: (to: Endpoint) => Promise<Talk>
}

const bothFamilies: Endpoint[] = [
  { address: '127.0.0.1', port: 0 },
  { address: '::1', port: 0 },
]

/** Answers with the message turned round. */
export const reverse: Respond = (bytes, length) => {
  bytes.subarray(0, length).reverse()
  return length
}

/** Opens a door that is closed when the test ends. */
export async function opened(
  kind: Pick<Kind, 'open'>,
  respond: Respond,
  listen: readonly Endpoint[] = bothFamilies,
  counters: Counters = createCounters(1),
): Promise<Door> {
  const door = await kind.open({
    listen,
    respond,
    counters,
    onFailure(error) {
      throw error
    },
  })
  onTestFinished(() => door.stop())
  return door
}

/** A conversation that is closed when the test ends. */
export async function talking(kind: Pick<Kind, 'talk'>, to: Endpoint): Promise<Talk> {
  const talk = await kind.talk(to)
  onTestFinished(() => talk.close())
  return talk
}

export function describeDoor(name: string, kind: Kind): void {
  describe(`${name}, as every door,`, () => {
    it('answers on each address it was given, with the real ports', async () => {
      const door = await opened(kind, reverse)
      expect(door.bound.map(({ address }) => address)).toEqual(['127.0.0.1', '::1'])
      for (const endpoint of door.bound) {
        const talk = await talking(kind, endpoint)
        talk.send(Buffer.from('abc'))
        expect((await talk.receive()).toString()).toBe('cba')
      }
    })

    it('says who asked', async () => {
      const seen: Pick<Client, 'family' | 'port'>[] = []
      const words: number[][] = []
      const door = await opened(kind, (_bytes, length, client) => {
        seen.push({ family: client.family, port: client.port })
        words.push([...client.words.subarray(0, client.family === 4 ? 1 : 4)])
        return length
      })
      const talks = [await talking(kind, door.bound[0]), await talking(kind, door.bound[1])]
      for (const talk of talks) {
        talk.send(Buffer.from('x'))
        await talk.receive()
      }
      expect(seen).toEqual([
        { family: 4, port: talks[0].port },
        { family: 6, port: talks[1].port },
      ])
      expect(words).toEqual([[0x7f000001], [0, 0, 0, 1]])
    })

    it('gives the answer all the room there is, whatever the query took', async () => {
      const rooms: number[] = []
      const door = await opened(kind, (bytes, _length) => {
        rooms.push(bytes.length)
        return bytes.fill(7, 0, 1232).length === kind.room ? 1232 : 1
      })
      const talk = await talking(kind, door.bound[0])
      talk.send(Buffer.from('x'))
      expect(await talk.receive()).toEqual(Buffer.alloc(1232, 7))
      expect(rooms).toEqual([kind.room])
    })

    it('hands over exactly the bytes of a message, also after a longer one', async () => {
      const door = await opened(kind, reverse)
      const talk = await talking(kind, door.bound[0])
      for (const length of [Math.min(kind.room, 3000), 1, 512]) {
        const message = Buffer.from(Array.from({ length }, (_, i) => (i + length) & 255))
        talk.send(message)
        expect(await talk.receive()).toEqual(message.reverse())
      }
    })

    it('keeps many conversations apart', async () => {
      const door = await opened(kind, reverse)
      const answers = await Promise.all(
        Array.from({ length: 30 }, async (_, i) => {
          const talk = await talking(kind, door.bound[i % 2])
          talk.send(Buffer.from(`q${i}`))
          return (await talk.receive()).reverse().toString()
        }),
      )
      expect(answers).toEqual(answers.map((_, i) => `q${i}`))
    })

    it('refuses a taken address by name and keeps none of the others', async () => {
      const door = await opened(kind, reverse, [{ address: '127.0.0.1', port: 0 }])
      const [taken] = door.bound
      const again = opened(kind, reverse, [{ address: '::1', port: taken.port }, taken])
      await expect(again).rejects.toMatchObject({
        code: 'NC_ADDRESS_IN_USE',
        exit: 69,
        message: expect.stringMatching(
          new RegExp(
            `^127\\.0\\.0\\.1 port ${taken.port} \\(${kind.protocol}\\) is already in use\\. .*another Nearcast`,
          ),
        ) as unknown,
      })
      await opened(kind, reverse, [{ address: '::1', port: taken.port }])
    })

    it('refuses an address this machine does not have', async () => {
      const opening = opened(kind, reverse, [{ address: '192.0.2.1', port: 5300 }])
      await expect(opening).rejects.toMatchObject({
        code: 'NC_ADDRESS_MISSING',
        message: expect.stringMatching(/^192\.0\.2\.1 port 5300 \(\w+\) is not an address of this machine/) as unknown,
      })
    })

    it('binds the IPv6 wildcard beside the IPv4 one', async () => {
      const door = await opened(kind, reverse, [{ address: '0.0.0.0', port: 0 }])
      const beside = await opened(kind, reverse, [{ address: '::', port: door.bound[0].port }])
      expect(beside.bound).toEqual([{ address: '::', port: door.bound[0].port }])
    })

    it('answers what was received before it stops, and lets go of its addresses', async () => {
      let received = 0
      const door = await opened(kind, (bytes, length, client) => {
        received++
        return reverse(bytes, length, client)
      })
      const talk = await talking(kind, door.bound[0])
      talk.send(Buffer.from('first'))
      await talk.receive()
      talk.send(Buffer.from('abc'))
      const answer = talk.receive()
      await expect.poll(() => received).toBe(2)
      await door.stop()
      expect((await answer).toString()).toBe('cba')
      await opened(kind, reverse, door.bound)
    })
  })
}
