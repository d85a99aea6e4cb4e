// Snapshots seen from main: slots bound before anybody reads, groups true to the words in all that may still be read.
import { describe, expect, it } from 'vitest'
import { allUp } from '../../../src/fleet/availability.ts'
import { GroupState } from '../../../src/scheduler/columns.ts'
import { Snapshots } from '../../../src/server/snapshots.ts'
import type { Published } from '../../../src/server/tables.ts'
import { makeWorld } from '../../support/world.ts'

const up = GroupState.upV4 | GroupState.upV6

/** Groups of which some node is up. */
function groupsUp({ tables }: ReturnType<typeof makeWorld>): number {
  return tables.groupState.filter((state) => (state & up) !== 0).length
}

/** Writes the same verdict for every node. */
function setAll({ words }: ReturnType<typeof makeWorld>, verdict: number): void {
  for (let at = 0; at < words.length; at += 2) words[at] = verdict
}

describe('publishing', () => {
  it('binds slots and refreshes groups before any thread is told', async () => {
    const world = makeWorld()
    const slots = world.config.nodes.map((_, index) => index)
    setAll(world, 0)
    world.words[0] = allUp
    const seen: [number[], number][] = []
    const snapshots = new Snapshots(world.words, async () => {
      seen.push([[...world.tables.nodeSlot], groupsUp(world)])
    })
    expect(snapshots.current).toBeNull()
    await snapshots.publish(world.published, slots)
    expect(seen).toEqual([[slots, 1]])
    expect(snapshots.current).toBe(world.published)
  })
})

describe('what should have followed the newest snapshot and was refused', () => {
  it('is told to the threads once, as of that snapshot', async () => {
    const world = makeWorld()
    const told: [number, boolean | undefined][] = []
    const snapshots = new Snapshots(world.words, async ({ epoch, stale }) => void told.push([epoch, stale]))
    await snapshots.markStale()
    expect(told).toEqual([])
    const slots = world.config.nodes.map((_, index) => index)
    await snapshots.publish(world.published, slots)
    await snapshots.markStale()
    await snapshots.markStale()
    await snapshots.publish({ ...world.published, epoch: 8 }, slots)
    expect(told).toEqual([
      [7, undefined],
      [7, true],
      [8, undefined],
    ])
  })

  it('keeps its groups true to the words', async () => {
    const world = makeWorld()
    const snapshots = new Snapshots(world.words, async () => {})
    await snapshots.publish(
      world.published,
      world.config.nodes.map((_, index) => index),
    )
    await snapshots.markStale()
    setAll(world, 0)
    snapshots.wordsChanged()
    await Promise.resolve()
    expect(groupsUp(world)).toBe(0)
  })
})

describe('a change of words', () => {
  it('reaches the groups in the same turn, once for all words that changed together', async () => {
    const world = makeWorld()
    const snapshots = new Snapshots(world.words, async () => {})
    await snapshots.publish(
      world.published,
      world.config.nodes.map((_, index) => index),
    )
    for (const word of [0, allUp, 0]) {
      setAll(world, word)
      snapshots.wordsChanged()
    }
    expect(groupsUp(world)).toBeGreaterThan(0)
    await Promise.resolve()
    expect(groupsUp(world)).toBe(0)
  })

  it('reaches older snapshots until no thread reads them', async () => {
    const [old, fresh] = [makeWorld({}, 7), makeWorld({}, 8)]
    const slots = old.config.nodes.map((_, index) => index)
    const acknowledged = Promise.withResolvers<void>()
    const snapshots = new Snapshots(old.words, async ({ epoch }: Published) => {
      if (epoch === 8) await acknowledged.promise
    })
    setAll(old, allUp)
    await snapshots.publish(old.published, slots)
    const publishing = snapshots.publish(fresh.published, slots)
    setAll(old, 0)
    snapshots.wordsChanged()
    await Promise.resolve()
    expect([groupsUp(old), groupsUp(fresh)]).toEqual([0, 0])

    acknowledged.resolve()
    await publishing
    setAll(old, allUp)
    snapshots.wordsChanged()
    await Promise.resolve()
    expect(groupsUp(old)).toBe(0)
    expect(groupsUp(fresh)).toBeGreaterThan(0)
  })
})
