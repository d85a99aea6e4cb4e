// The micro benches: an answer end to end over the world's data, and each step of it alone. Knows no reports.
import { hashText, mix } from '../src/ip/hash.ts'
import { pick } from '../src/scheduler/pick.ts'
import { Picked } from '../src/scheduler/picked.ts'
import { answer, Transport } from '../src/server/answer.ts'
import { Client } from '../src/server/client.ts'
import { foresee } from '../src/server/foresight.ts'
import { inlineQueryPath } from '../src/server/inlining.ts'
import { locate, Located } from '../src/server/locate.ts'
import { setRateLimits } from '../src/server/rate-limits.ts'
import { begin, finish } from '../src/server/reply.ts'
import { putAddresses } from '../src/server/steered.ts'
import { aRecordLength } from '../src/server/tables.ts'
import { Rcode, Type } from '../src/wire/constants.ts'
import { parseQuery, Query } from '../src/wire/query.ts'
import { findName, NameMatch } from '../src/zone/name-table.ts'
import { sizedConfig, usual, type Size } from './fleet.ts'
import type { Bench } from './harness.ts'
import { Clients, Questions, usualMix, type Mix } from './questions.ts'
import { syntheticPartition } from './synthetic.ts'
import { makeWorld, worldPartition, type World } from './world.ts'

// As the doors do before they start threads.
inlineQueryPath()

/** As the batch door has them. */
const roomCount = 64
const roomBytes = 1536

/** Rooms with a query each, filled anew before each batch. */
export class Rooms {
  readonly rooms: readonly Uint8Array[]
  readonly lengths: Uint16Array = new Uint16Array(roomCount)
  readonly client: Client = new Client()

  constructor() {
    this.rooms = Array.from({ length: roomCount }, () => new Uint8Array(new ArrayBuffer(roomBytes)))
    this.client.setFromText('192.0.2.53', 5353)
  }

  fill(questions: Questions): void {
    for (let i = 0; i < roomCount; i++) this.lengths[i] = questions.write(this.rooms[i])
  }
}

/** Time that passes from batch to batch: all queries come from one source network, which is to have few answers a second. */
const quietMs = 1000
/** So that it has 8,000 a second, as a public resolver may: limits are looked at, and none is reached. */
const busyMs = 8

/** `answer` over a world. */
export function answerBench(
  name: string,
  world: World,
  rooms: Rooms,
  questions: Questions,
  betweenMs: number = quietMs,
): Bench {
  const { lengths, client } = rooms
  let nowMs = 0
  return {
    name,
    operations: roomCount,
    prepare: () => {
      rooms.fill(questions)
      nowMs += betweenMs
      world.state.clock.set(nowMs, nowMs)
    },
    run: () => {
      for (let i = 0; i < roomCount; i++) answer(rooms.rooms[i], lengths[i], client, Transport.udp, world.state)
    },
  }
}

/** The same as the batch door does it: what can be foreseen of the batch is read before any of it is answered. */
function foreseenBench(name: string, world: World, rooms: Rooms, questions: Questions): Bench {
  const { lengths } = rooms
  const bench = answerBench(name, world, rooms, questions)
  let foreseen = 0
  return {
    ...bench,
    run: () => {
      for (let i = 0; i < roomCount; i++) foreseen ^= foresee(rooms.rooms[i], lengths[i], world.state.blocks)
      bench.run()
    },
  }
}

/** The same 64 queries again and again: what is left when memory and branches hold nothing new. */
function warmBench(name: string, world: World, rooms: Rooms, questions: Questions): Bench {
  const { lengths } = rooms
  const bench = answerBench(name, world, rooms, questions)
  bench.prepare()
  const kept = rooms.rooms.map((room, i) => room.slice(0, lengths[i]))
  return {
    ...bench,
    prepare: () => {
      for (let i = 0; i < roomCount; i++) {
        rooms.rooms[i].set(kept[i])
        lengths[i] = kept[i].length
      }
    },
  }
}

/** What the benches of one world share. */
export interface Setting {
  readonly world: World
  readonly clients: Clients
  readonly rooms: Rooms
  readonly size: Size
}

/** The world's data, 200 nodes, 1,000 names. */
export async function worldSetting(size = usual): Promise<Setting> {
  const config = await sizedConfig(size)
  const world = makeWorld(config, await worldPartition(config))
  return { world, clients: new Clients(world.partition, 7), rooms: new Rooms(), size }
}

/** Made-up data that is there at once, for smoke tests: 40 nodes, 100 names, 20,000 blocks. */
export async function smallSetting(signed = false): Promise<Setting> {
  const size = { nodes: 40, names: 100 }
  const config = await sizedConfig(size)
  const world = makeWorld(config, syntheticPartition(20_000, 400, config.carriers.length), signed)
  return { world, clients: new Clients(world.partition, 7), rooms: new Rooms(), size }
}

/** Answers end to end. */
export function answerBenches({ world, clients, rooms, size }: Setting): Bench[] {
  setRateLimits(world.protection.limits, world.config.server.rateLimit)
  const one = (name: string, asked: Mix, names = size.names): Bench =>
    answerBench(name, world, rooms, new Questions(clients, names, asked, 11))
  return [
    one('answer', usualMix),
    foreseenBench('answer, foreseen', world, rooms, new Questions(clients, size.names, usualMix, 11)),
    warmBench('answer, the same 64', world, rooms, new Questions(clients, size.names, usualMix, 11)),
    one('answer, A from IPv4', { types: [Type.A], families: [4] }),
    one('answer, A from IPv6', { types: [Type.A], families: [6] }),
    answerBench('answer, to a busy resolver', world, rooms, new Questions(clients, size.names, usualMix, 11), busyMs),
    one('answer, HTTPS', { types: [Type.HTTPS], families: [4, 6] }),
    one('answer, NODATA', { types: [Type.TXT], families: [4, 6] }),
    one('answer, mostly NXDOMAIN', usualMix, 10 ** 6),
  ]
}

/** Answers of a signed zone for clients that ask for signatures. */
export function signedBench({ world, clients, rooms, size }: Setting): Bench {
  const asked = { types: [Type.A, Type.AAAA, Type.HTTPS], families: [4, 6], dnssecOk: true } as const
  return answerBench('answer, signed', world, rooms, new Questions(clients, size.names, asked, 11))
}

/** The steps of an answer. */
export function stepBenches(setting: Setting): Bench[] {
  return [
    parseBench(setting),
    nameBench(setting),
    locateBench(setting, 4),
    locateBench(setting, 6),
    pickBench(setting),
    encodeBench(setting),
  ]
}

function parseBench({ clients, rooms, size }: Setting): Bench {
  const questions = new Questions(clients, size.names, usualMix, 13)
  const query = new Query()
  return {
    name: 'parse',
    operations: roomCount,
    prepare: () => rooms.fill(questions),
    run: () => {
      for (let i = 0; i < roomCount; i++) parseQuery(rooms.rooms[i], rooms.lengths[i], query)
    },
  }
}

/** Fills rooms and reads them into queries. */
function parsed(
  { clients, rooms, size }: Setting,
  mixOfQueries: Mix,
): { queries: readonly Query[]; prepare: () => void } {
  const questions = new Questions(clients, size.names, mixOfQueries, 17)
  const queries = Array.from({ length: roomCount }, () => new Query())
  const prepare = (): void => {
    rooms.fill(questions)
    for (let i = 0; i < roomCount; i++) parseQuery(rooms.rooms[i], rooms.lengths[i], queries[i])
  }
  return { queries, prepare }
}

function nameBench(setting: Setting): Bench {
  const { queries, prepare } = parsed(setting, usualMix)
  const { tables } = setting.world.state
  const match = new NameMatch()
  return {
    name: 'find name',
    operations: roomCount,
    prepare,
    run: () => {
      for (let i = 0; i < roomCount; i++) {
        const { name, nameWords, labelOffsets, labelCount, nameLength } = queries[i]
        findName(tables, name, nameWords, labelOffsets, labelCount, nameLength, match)
      }
    },
  }
}

function locateBench(setting: Setting, family: 4 | 6): Bench {
  const { queries, prepare } = parsed(setting, { types: [Type.A], families: [family] })
  const { blocks } = setting.world.state
  const { client } = setting.rooms
  const located = new Located()
  return {
    name: `find cell, IPv${family}`,
    operations: roomCount,
    prepare,
    run: () => {
      for (let i = 0; i < roomCount; i++) locate(blocks, queries[i].ecs, client, located)
    },
  }
}

function pickBench(setting: Setting): Bench {
  const { queries, prepare } = parsed(setting, usualMix)
  const { blocks, tables, words, cells } = setting.world.state
  const cellOf = new Uint16Array(roomCount)
  const hashOf = new Int32Array(roomCount)
  const located = new Located()
  const picked = new Picked()
  const stream = hashText('stream')
  return {
    name: 'pick',
    operations: roomCount,
    prepare: () => {
      prepare()
      for (let i = 0; i < roomCount; i++) {
        locate(blocks, queries[i].ecs, setting.rooms.client, located)
        cellOf[i] = located.cell
        hashOf[i] = located.blockHash
      }
    },
    run: () => {
      for (let i = 0; i < roomCount; i++) {
        pick(tables, words, cells, 0, cellOf[i], 4 + (i & 2), hashOf[i], mix(stream + i), picked)
      }
    },
  }
}

/** Writes an answer of two addresses, its OPT record and header. */
function encodeBench(setting: Setting): Bench {
  const { rooms } = setting
  const { state } = setting.world
  const questions = new Questions(setting.clients, setting.size.names, { types: [Type.A], families: [4, 6] }, 19)
  return {
    name: 'encode',
    operations: roomCount,
    prepare: () => {
      rooms.fill(questions)
      parseQuery(rooms.rooms[0], rooms.lengths[0], state.query)
      state.picked.count = 2
      state.limited = false
    },
    run: () => {
      for (let i = 0; i < roomCount; i++) {
        begin(state, rooms.rooms[i].length, false)
        putAddresses(rooms.rooms[i], state.picked, 0, aRecordLength, 30, state)
        finish(rooms.rooms[i], state, Rcode.NOERROR, true)
      }
    },
  }
}
