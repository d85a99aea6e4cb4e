// Decides what runs when: each item once an interval, spread evenly, plus quick tries on request. Has no clock and no timers.
//
//   origin + phase ─┬────── interval ──────┬────── interval ──────┬──   one lattice an item, for as long as it is known
//                 ±10 %                  ±10 %                  ±10 %   each run is moved a little, the lattice never is
//
// Phases step by the golden ratio, so that any number of items, also of one interval, lies evenly. All items and tries wait in
// one binary heap by due time; what was removed leaves it when it comes up.

/** Something to run, known by its key. */
export interface Item<T> {
  readonly key: string
  readonly intervalMs: number
  /** The distance between quick tries. */
  readonly hurryMs: number
  readonly value: T
}

interface Entry<T> {
  item: Item<T>
  /** A point of the item's lattice. */
  readonly originMs: number
  removed: boolean
  /** Quick tries still to start. */
  tries: number
  /** Whether a quick try waits in the heap. */
  tryWaits: boolean
}

interface Due<T> {
  readonly atMs: number
  readonly entry: Entry<T>
  readonly quick: boolean
}

/** What to start, and when it should have been. */
export interface Run<T> {
  readonly value: T
  readonly dueMs: number
}

const goldenRatio = (Math.sqrt(5) - 1) / 2
const jitterShare = 0.1
/** A new item's first run comes within this, however long its interval. */
const firstRunWithinMs = 1_000

/** Times are milliseconds of one monotonic clock, whichever the caller keeps. */
export class Schedule<T> {
  readonly #random: () => number
  readonly #entries = new Map<string, Entry<T>>()
  /** A binary heap, earliest first. */
  readonly #heap: Due<T>[] = []
  #phase = 0

  /** @param random uniform over 0-1, for jitter */
  constructor(random: () => number) {
    this.#random = random
  }

  /** Whether an item of this key is scheduled. */
  has(key: string): boolean {
    return this.#entries.has(key)
  }

  /** Makes the schedule exactly these items. One that keeps key and interval keeps its phase and takes the rest anew. */
  replace(items: readonly Item<T>[], nowMs: number): void {
    const wanted = new Set(items.map(({ key }) => key))
    for (const [key, entry] of this.#entries) if (!wanted.has(key)) this.#remove(entry)
    for (const item of items) {
      const known = this.#entries.get(item.key)
      if (known?.item.intervalMs === item.intervalMs) known.item = item
      else {
        if (known !== undefined) this.#remove(known)
        this.#add(item, nowMs)
      }
    }
  }

  /** Starts `tries` quick runs, the first at once; replaces those still to come, so 0 calls them off. */
  hurry(key: string, tries: number, nowMs: number): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    entry.tries = tries
    if (tries > 0 && !entry.tryWaits) this.#pushTry(entry, nowMs)
  }

  /** When something is next due; Infinity when nothing is scheduled. */
  nextMs(): number {
    this.#dropRemoved()
    return this.#heap.length === 0 ? Infinity : this.#heap[0].atMs
  }

  /** Takes the next run that is due and plans its successor; null when none is due yet. Runs missed by a stall are left out. */
  take(nowMs: number): Run<T> | null {
    while (this.nextMs() <= nowMs) {
      const due = this.#pop()
      const { entry } = due
      if (due.quick && !this.#takeTry(entry, nowMs)) continue
      if (!due.quick) this.#plan(entry, nowMs)
      return { value: entry.item.value, dueMs: due.atMs }
    }
    return null
  }

  #add(item: Item<T>, nowMs: number): void {
    this.#phase = (this.#phase + goldenRatio) % 1
    const originMs = nowMs + this.#phase * item.intervalMs
    const entry = { item, originMs, removed: false, tries: 0, tryWaits: false }
    this.#entries.set(item.key, entry)
    this.#push({ atMs: nowMs + this.#phase * Math.min(item.intervalMs, firstRunWithinMs), entry, quick: false })
  }

  #remove(entry: Entry<T>): void {
    entry.removed = true
    this.#entries.delete(entry.item.key)
  }

  /** The next run is at the first point of the lattice that is at least half an interval away, give or take the jitter. */
  #plan(entry: Entry<T>, nowMs: number): void {
    const { originMs } = entry
    const { intervalMs } = entry.item
    const steps = Math.ceil((nowMs + intervalMs / 2 - originMs) / intervalMs)
    const jitter = (this.#random() * 2 - 1) * jitterShare
    this.#push({ atMs: originMs + (steps + jitter) * intervalMs, entry, quick: false })
  }

  #takeTry(entry: Entry<T>, nowMs: number): boolean {
    entry.tryWaits = false
    if (entry.tries === 0) return false
    entry.tries -= 1
    if (entry.tries > 0) this.#pushTry(entry, nowMs + entry.item.hurryMs)
    return true
  }

  #pushTry(entry: Entry<T>, atMs: number): void {
    entry.tryWaits = true
    this.#push({ atMs, entry, quick: true })
  }

  #dropRemoved(): void {
    while (this.#heap.length > 0 && this.#heap[0].entry.removed) this.#pop()
  }

  #push(due: Due<T>): void {
    const heap = this.#heap
    let at = heap.push(due) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (heap[parent].atMs <= due.atMs) break
      heap[at] = heap[parent]
      at = parent
    }
    heap[at] = due
  }

  /** The earliest; the heap must not be empty. */
  #pop(): Due<T> {
    const heap = this.#heap
    const top = heap[0]
    const last = heap.pop()
    if (last === undefined || last === top) return top
    let at = 0
    for (;;) {
      let child = at * 2 + 1
      if (child + 1 < heap.length && heap[child + 1].atMs < heap[child].atMs) child += 1
      if (child >= heap.length || heap[child].atMs >= last.atMs) break
      heap[at] = heap[child]
      at = child
    }
    heap[at] = last
    return top
  }
}
