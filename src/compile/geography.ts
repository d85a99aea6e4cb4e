// The world and its blocks for a configuration: those that were kept from before, else made anew. Knows no nodes, names or processes.
import { hash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { NearcastError } from '../errors.ts'
import type { PrefixLengths } from '../geo/model.ts'
import { partitionKey } from '../geo/partition-key.ts'
import { buildPartition, type PartitionInput, type World } from '../geo/partition.ts'
import { decodeWorld, encodeWorld } from '../geo/world-file.ts'
import { blocksVersion } from '../server/tables.ts'
import { encodeBlocks } from './blocks.ts'
import type { Cache } from './cache.ts'

/** How many of each stay: a few worlds to go back to. */
const kept = 4
const digestSize = 32
/** A copy that goes on is soon over; the change that ends it asks for the next reload. */
const attempts = 3

export interface Geography {
  /** Names the blocks; those of one key are the same bytes. */
  readonly key: string
  readonly world: World
  /** Nothing had to be made. */
  readonly cached: boolean
}

export interface Wanted {
  readonly input: PartitionInput
  readonly coarsest: PrefixLengths
  /** Where the result is looked for, and kept. */
  readonly cache: Cache | null
  /** Key of blocks that need not be brought again; null for none. */
  readonly heldKey: string | null
  /** Where the blocks are put, as encodeBlocks packs them. */
  readonly blocksPath: string
}

/** Brings the blocks and tells the world. Throws as buildPartition does, and NC_DATABASE when the databases are never at rest. */
export async function geographyOf(wanted: Wanted): Promise<Geography> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const geography = await tryOnce(wanted)
    if (geography !== null) return geography
  }
  throw new NearcastError(
    'NC_DATABASE',
    'the databases change while they are read: put a new one in place with one rename',
  )
}

/** Null when a database changed meanwhile: then nobody knows what the world was made of, and it must bear no name. */
async function tryOnce({ input, coarsest, cache, heldKey, blocksPath }: Wanted): Promise<Geography | null> {
  const inputKey = await partitionKey(input)
  const key = `${inputKey}-${coarsest.v4}-${coarsest.v6}`
  const blocksName = `blocks-${blocksVersion}-${key}`
  const worldName = `world-${blocksVersion}-${key}`
  const bytes = await cache?.get(worldName)
  if (bytes) {
    const world = decodeWorld(bytes.subarray(digestSize))
    const digest = bytes.subarray(0, digestSize)
    if (world !== null && (key === heldKey || (await cache?.bring(blocksName, digest, blocksPath))))
      return { key, world, cached: true }
  }
  const partition = await buildPartition(input)
  if ((await partitionKey(input)) !== inputKey) return null
  const blocks = encodeBlocks(partition, coarsest)
  await writeFile(blocksPath, blocks)
  await cache?.setBare(blocksName, blocks)
  await cache?.set(worldName, Buffer.concat([hash('sha256', blocks, 'buffer'), encodeWorld(partition)]))
  await cache?.keep('world', kept)
  await cache?.keep('blocks', kept)
  return { key, world: partition, cached: false }
}
