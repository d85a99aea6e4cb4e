// Gives every node name its slot in the shared arrays, for the life of the process. Must not know what lies in a slot.
import { NearcastError } from '../errors.ts'
import { mostNodes } from './model.ts'

/** Room in the shared arrays, for the life of the process: for all nodes, and as many with new names at once. */
export const nodeCapacity: number = 2 * mostNodes

/**
 * Slots by node name. A slot passes to another node only when no thread can read the old one's snapshot any more:
 *
 *     assign ──▶ in use ── retire(names, epoch) ──▶ retired ── acknowledge(epoch) ──▶ free
 *                   ▲                                  │
 *                   └────── assign: the name is back ──┘
 *
 * One reload, in order: `assign` the new configuration's names; compile and publish snapshot N with those slots;
 * `retire` the names it no longer holds, as of N; once every thread says it reads N or a later one, `acknowledge(N)`, and
 * clear what lies in the slots this returns before the next `assign`. When a compilation fails, retire the names that
 * only it had, as of the epoch still served.
 */
export class NodeSlots {
  readonly #capacity: number
  readonly #slots = new Map<string, number>()
  /** Epoch from which a name is no longer used, by name. */
  readonly #retired = new Map<string, number>()
  readonly #free: number[] = []
  #next = 0

  /** @param capacity how many nodes the shared arrays have room for */
  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /**
   * The slots of these names, in their order. A known name keeps its slot, even a retired one; a new name takes a free one.
   * @throws NearcastError NC_CONFIG, and nothing is assigned, when there are fewer free slots than new names
   */
  assign(names: readonly string[]): number[] {
    const fresh = new Set(names.filter((name) => !this.#slots.has(name)))
    const room = this.#free.length + this.#capacity - this.#next
    if (fresh.size > room) {
      throw new NearcastError(
        'NC_CONFIG',
        `${names.length} nodes need ${fresh.size} new slots and ${room} of ${this.#capacity} are free: ` +
          `use fewer nodes, or restart if many were renamed or replaced since the start`,
      )
    }
    for (const name of fresh) this.#slots.set(name, this.#free.pop() ?? this.#next++)
    for (const name of names) this.#retired.delete(name)
    return names.map((name) => this.slotOf(name))
  }

  /** The slot of a name, or -1 for a name that holds none. */
  slotOf(name: string): number {
    return this.#slots.get(name) ?? -1
  }

  /** These names are not used by snapshot `epoch` nor, unless assigned again, by a later one. */
  retire(names: readonly string[], epoch: number): void {
    for (const name of names) if (this.#slots.has(name)) this.#retired.set(name, epoch)
  }

  /**
   * Every thread reads snapshot `epoch` or a later one.
   * @returns the slots this sets free, for their owners to clear
   */
  acknowledge(epoch: number): number[] {
    const freed: number[] = []
    for (const [name, since] of this.#retired) {
      if (since > epoch) continue
      freed.push(this.slotOf(name))
      this.#slots.delete(name)
      this.#retired.delete(name)
    }
    this.#free.push(...freed)
    return freed
  }
}
