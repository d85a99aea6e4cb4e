// Holds answers against what the configuration says, found the slow way: nothing may be measured that answers wrongly. Knows no clock.
import { answer, Transport } from '../src/server/answer.ts'
import { Rcode, Type } from '../src/wire/constants.ts'
import { getU16 } from '../src/wire/header.ts'
import type { Setting } from './micro.ts'
import { blockOf, Questions, type Mix } from './questions.ts'
import type { World } from './world.ts'

const optFixed = 11

/** Throws, saying which and why, when an answer of these is wrong. */
export function checkAnswers({ world, clients, rooms, size }: Setting, count: number): void {
  const mixes: readonly Mix[] = [Type.A, Type.AAAA].flatMap((type) =>
    [4 as const, 6 as const].map((family): Mix => ({ types: [type], families: [family] })),
  )
  for (const mix of mixes) {
    const questions = new Questions(clients, size.names, mix, 23)
    for (let i = 0; i < count / mixes.length; i++) {
      const [room] = rooms.rooms
      const length = questions.write(room)
      const asked = room.slice(0, length)
      const answered = room.subarray(0, answer(room, length, rooms.client, Transport.udp, world.state))
      const problem = problemOf(world, asked, answered, mix)
      if (problem !== null) throw new Error(`${problem}: ${Buffer.from(asked).toString('hex')}`)
    }
  }
  checkMissing({ world, clients, rooms, size })
}

/** A name that is not there is NXDOMAIN, with the SOA. */
function checkMissing({ world, clients, rooms }: Setting): void {
  const questions = new Questions(clients, 10 ** 7, { types: [Type.A], families: [4] }, 29)
  const [room] = rooms.rooms
  let missing = 0
  for (let i = 0; i < 100; i++) {
    const length = answer(room, questions.write(room), rooms.client, Transport.udp, world.state)
    if (length > 0 && (room[3] & 15) === Rcode.NXDOMAIN && getU16(room, 8) === 1) missing++
  }
  if (missing === 0) throw new Error('no name is missing, not even those that nobody configured')
}

function problemOf(
  world: World,
  asked: Uint8Array,
  answered: Uint8Array,
  { types: [type], families: [family] }: Mix,
): string | null {
  if (answered.length === 0) return 'no answer'
  if ((answered[2] & 0x80) === 0 || (answered[3] & 15) !== Rcode.NOERROR) return `rcode ${answered[3] & 15}`
  const address = asked.subarray(asked.length - (family === 4 ? 3 : 7))
  const { cell, depth } = blockAt(world, family, address)
  const expected = nodesInAnswer(world, cell, type === Type.A ? 4 : 6)
  const counted = getU16(answered, 6)
  if (counted !== expected) return `${counted} records, not ${expected}`
  // The last option of the answer is the subnet's, as long as in the query.
  const option = answered.length - address.length - 4
  const { coarsestScope } = world.config.geo
  const scope = Math.max(depth, family === 4 ? coarsestScope.v4 : coarsestScope.v6)
  if (answered[option + 3] !== scope) return `scope ${answered[option + 3]}, not ${scope}`
  if (Buffer.compare(answered.subarray(option + 4), address) !== 0) return 'another subnet'
  return option > optFixed ? null : 'no OPT record'
}

/** The block of an address, by a search in the partition. */
function blockAt({ partition }: World, family: 4 | 6, address: Uint8Array): { cell: number; depth: number } {
  const bytes = Buffer.alloc(8)
  bytes.set(address)
  const high = bytes.readUInt32BE(0)
  const { v4, v6 } = partition
  let block = blockOf(family === 4 ? v4.starts : v6.startsHigh, high)
  if (family === 4) return { cell: v4.cells[block], depth: v4.depths[block] }
  while (block > 0 && v6.startsHigh[block] === high && v6.startsLow[block] > bytes.readUInt32BE(4)) block--
  return { cell: v6.cells[block], depth: v6.depths[block] }
}

/** How many nodes a service answers with in a cell when all are up, by its rank. */
function nodesInAnswer({ config, state }: World, cell: number, family: 4 | 6): number {
  const { tables } = state
  const [{ answers, copies, spreadMs, familyGapMs }] = config.services
  const rank = tables.rankOf[cell]
  let found = 0
  let limit = Infinity
  for (let entry = tables.rankStart[rank]; entry < tables.rankStart[rank + 1]; entry++) {
    const score = tables.entryScoreMs[entry]
    if (score > limit) break
    const group = tables.entryGroup[entry]
    const members = [...tables.groupMembers.subarray(tables.groupStart[group], tables.groupStart[group + 1])]
    const own = members.filter((node) => (family === 4 ? config.nodes[node].v4 : config.nodes[node].v6) !== null)
    if (own.length > 0) limit = Math.min(limit, score + spreadMs)
    else if (found === 0 && limit === Infinity) limit = score + spreadMs + familyGapMs
    found += own.length
  }
  return Math.min(found, answers, copies)
}
