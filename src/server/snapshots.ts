// The snapshots that threads may still read, seen from main: publishes new ones, keeps their groups true. Knows no verdicts.
import type { AvailabilityWords } from '../fleet/availability.ts'
import { attachTables, bindSlots, refreshGroups, type Published, type Tables } from './tables.ts'

export class Snapshots {
  readonly #words: AvailabilityWords
  readonly #publish: (published: Published) => Promise<void>
  /** From the oldest that a thread may still read to the newest. */
  #live: { readonly published: Published; readonly tables: Tables }[] = []
  #refreshing = false

  /** @param publish tells the doors; resolves when no thread reads an earlier snapshot */
  constructor(words: AvailabilityWords, publish: (published: Published) => Promise<void>) {
    this.#words = words
    this.#publish = publish
  }

  /** The newest, or null before the first. */
  get current(): Published | null {
    return this.#live.at(-1)?.published ?? null
  }

  /**
   * Resolves when every thread answers from this snapshot and reads no earlier one.
   * @param slots by node, in the order of the snapshot's nodes
   */
  async publish(published: Published, slots: readonly number[]): Promise<void> {
    const tables = attachTables(published.tables)
    bindSlots(tables, slots)
    refreshGroups(tables, this.#words)
    this.#live.push({ published, tables })
    await this.#publish(published)
    this.#live = this.#live.filter((one) => one.published.epoch >= published.epoch)
  }

  /** What should have followed the newest snapshot was refused; resolves when every thread says so in its answers. */
  async markStale(): Promise<void> {
    const newest = this.#live.at(-1)
    if (newest === undefined || newest.published.stale) return
    const published = { ...newest.published, stale: true }
    this.#live = [...this.#live.slice(0, -1), { published, tables: newest.tables }]
    await this.#publish(published)
  }

  /** A word changed: the groups follow before main does anything else; however many words change at once, they follow once. */
  wordsChanged(): void {
    if (this.#refreshing) return
    this.#refreshing = true
    queueMicrotask(() => {
      this.#refreshing = false
      for (const { tables } of this.#live) refreshGroups(tables, this.#words)
    })
  }
}
