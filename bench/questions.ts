// Writes the queries of the benches: steered names, IPv4 and IPv6 client subnets from all over the world. Must not read the tables.
import type { Partition } from '../src/geo/partition.ts'
import { Class, OptionCode, Type } from '../src/wire/constants.ts'
import { encodeName } from '../src/wire/name.ts'
import { nameDigits, namesBelow } from './fleet.ts'
import { Random } from './random.ts'

/** Different addresses of each family; a bench comes back to one after so many queries. */
const poolSize = 1 << 18
const v4Source = 24
const v6Source = 56

export interface Mix {
  readonly types: readonly number[]
  readonly families: readonly (4 | 6)[]
  /** Signatures are asked for. */
  readonly dnssecOk?: boolean
}

/** A and AAAA, from IPv4 and from IPv6, in equal parts. */
export const usualMix: Mix = { types: [Type.A, Type.AAAA], families: [4, 6] }

/** Addresses of clients that the partition maps, drawn with equal chances: each /24, or each IPv6 block and then each /56 in it. */
export class Clients {
  readonly v4: Uint32Array = new Uint32Array(poolSize)
  /** Pairs: the first 32 bits, the next 32. */
  readonly v6: Uint32Array = new Uint32Array(poolSize * 2)

  constructor({ v4, v6 }: Partition, seed: number) {
    const random = new Random(seed)
    for (let i = 0; i < poolSize;) {
      const address = random.below(1 << 24) * 256
      if (v4.cells[blockOf(v4.starts, address)] !== 0) this.v4[i++] = address
    }
    const mapped = Array.from(v6.cells.keys()).filter((block) => v6.cells[block] !== 0)
    for (let i = 0; i < poolSize; i++) {
      const block = mapped[random.below(mapped.length)]
      const depth = v6.depths[block]
      const host = (random.below(1 << 28) * 16) >>> 0
      const low = (random.below(1 << 24) * 256) >>> 0
      this.v6[i * 2] = depth >= 32 ? v6.startsHigh[block] : (v6.startsHigh[block] | (host >>> depth)) >>> 0
      this.v6[i * 2 + 1] =
        depth >= 56 ? v6.startsLow[block] : (v6.startsLow[block] | (low >>> Math.max(0, depth - 32))) & ~255
    }
  }
}

/** The last start at or below an address. */
export function blockOf(starts: Uint32Array, address: number): number {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if (starts[middle] <= address) low = middle
    else high = middle - 1
  }
  return low
}

/** One stream of queries, endless and the same in every run. */
export class Questions {
  readonly #clients: Clients
  readonly #names: number
  readonly #mix: Mix
  readonly #random: Random
  readonly #head: Uint8Array
  readonly #opts: Readonly<Record<4 | 6, Uint8Array>>

  constructor(clients: Clients, names: number, mix: Mix, seed: number) {
    this.#clients = clients
    this.#names = names
    this.#mix = mix
    this.#random = new Random(seed)
    const name = encodeName(`s${'0'.repeat(nameDigits)}.${namesBelow}`)
    if (name === null) throw new Error('not a name')
    this.#head = Uint8Array.of(0x4e, 0x43, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, ...name, 0, Type.A, 0, Class.IN)
    this.#opts = { 4: opt(1, v4Source, mix.dnssecOk), 6: opt(2, v6Source, mix.dnssecOk) }
  }

  /** Writes the next query; returns its length. */
  write(room: Uint8Array): number {
    const random = this.#random
    const head = this.#head
    for (let i = 0; i < head.length; i++) room[i] = head[i]
    let number = random.below(this.#names)
    // The label's length octet is at 12 and its `s` at 13.
    for (let i = 13 + nameDigits; i > 13; i--) {
      room[i] = 0x30 + (number % 10)
      number = (number / 10) | 0
    }
    const { types, families } = this.#mix
    room[head.length - 3] = types[random.below(types.length)]
    const family = families[random.below(families.length)]
    const rest = this.#opts[family]
    let at = head.length
    for (let i = 0; i < rest.length; i++) room[at++] = rest[i]
    const index = random.below(poolSize)
    const { v4, v6 } = this.#clients
    const high = family === 4 ? v4[index] : v6[index * 2]
    room[at++] = high >>> 24
    room[at++] = high >>> 16
    room[at++] = high >>> 8
    if (family === 4) return at
    room[at++] = high
    const low = v6[index * 2 + 1]
    room[at++] = low >>> 24
    room[at++] = low >>> 16
    room[at++] = low >>> 8
    return at
  }
}

/** An OPT record up to the address of its client subnet. */
function opt(family: number, source: number, dnssecOk = false): Uint8Array {
  const option = 4 + source / 8
  return Uint8Array.of(
    0,
    0,
    Type.OPT,
    0x04,
    0xd0,
    0,
    0,
    dnssecOk ? 0x80 : 0,
    0,
    0,
    4 + option,
    0,
    OptionCode.ECS,
    0,
    option,
    0,
    family,
    source,
    0,
  )
}
