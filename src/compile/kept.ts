// What a signed snapshot was compiled from, kept so that it can be signed anew whatever has become of the files it was read from. Knows
// no keys and no tables.
import { hash } from 'node:crypto'
import { deserialize, serialize } from 'node:v8'
import type { Config } from '../config/config.ts'
import type { World } from '../geo/partition.ts'
import { decodeWorld, encodeWorld } from '../geo/world-file.ts'
import type { Cache } from './cache.ts'

/** Of each daemon that shares the cache, the one in use and the one before it. */
const kept = 8

export interface Source {
  readonly config: Config
  readonly world: World
  /** Names the blocks that were made of the world. */
  readonly blocksKey: string
  /** Every file it was read from, absolute. */
  readonly files: readonly string[]
}

/**
 * Keeps it, and says under what name it is recalled; null when it could not be kept.
 * @param inUse name of what stays kept whatever comes
 */
export async function keep(cache: Cache, { world, ...rest }: Source, inUse: string | null): Promise<string | null> {
  const bytes = serialize({ ...rest, world: encodeWorld(world) })
  const name = `source-${hash('sha256', bytes).slice(0, 32)}`
  const done = await cache.set(name, bytes)
  if (inUse !== null) await cache.touch(inUse)
  await cache.keep('source', kept)
  return done ? name : null
}

/**
 * What was kept under this name; null, with a note of the cache where it is damaged, when there is nothing of the kind.
 * @param blocksKey of the blocks at hand: what was kept for others is of no use
 */
export async function recall(cache: Cache, name: string, blocksKey: string | null): Promise<Source | null> {
  const bytes = await cache.get(name)
  if (bytes === null) return null
  const { world, ...rest } = deserialize(bytes) as Omit<Source, 'world'> & { readonly world: Uint8Array }
  const decoded = decodeWorld(world)
  return decoded === null || rest.blocksKey !== blocksKey ? null : { ...rest, world: decoded }
}
