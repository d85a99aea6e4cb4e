// The probe loop: starts each probe when the schedule says so and hands on what it saw. Has no clock, no timers and no verdicts.
import { freshMemory, type ProbeMemory, type SpokenMemory } from './memory.ts'
import type { Confirm, ProbedNode } from './messages.ts'
import type { Family, Observation, ProbeTarget } from './observation.ts'
import { Schedule, type Item } from './schedule.ts'

/** What the loop works with. */
export interface LoopPorts {
  /** Makes one measurement; never rejects. The memory is the one that earlier runs of the same target left. */
  run(target: ProbeTarget, memory: ProbeMemory): Promise<Observation>
  observed(observation: Observation): void
  /** Uniform over 0-1. */
  random(): number
}

/** Runs started before the socket events of earlier ones get their turn. */
const sliceRuns = 64

/** Times are milliseconds of the caller's monotonic clock. */
export class ProbeLoop {
  readonly #ports: LoopPorts
  readonly #schedule: Schedule<ProbeTarget>
  /** By key of schedule, and by node. */
  #memories = new Map<string, ProbeMemory>()
  #spoken = new Map<string, SpokenMemory>()
  #lagMs = 0

  constructor(ports: LoopPorts) {
    this.#ports = ports
    this.#schedule = new Schedule(() => ports.random())
  }

  /** Probes exactly these nodes from now on. What is in flight for others ends unheard. */
  setNodes(nodes: readonly ProbedNode[], nowMs: number): void {
    const items = nodes.flatMap(itemsOf)
    this.#spoken = new Map(nodes.map(({ name }) => [name, this.#spoken.get(name) ?? { sinceMs: nowMs, heardMs: null }]))
    const before = this.#memories
    this.#memories = new Map(items.map(({ key, value }) => [key, this.#remembered(key, value.node, nowMs)]))
    for (const [key, memory] of before) if (!this.#memories.has(key)) memory.kept?.destroy()
    this.#schedule.replace(items, nowMs)
  }

  /** A node has spoken for itself. Nodes we do not know are not listened to. */
  heard(node: string, atMs: number): void {
    const spoken = this.#spoken.get(node)
    if (spoken !== undefined) spoken.heardMs = atMs
  }

  confirm({ node, family, address, probe, tries }: Confirm, nowMs: number): void {
    this.#schedule.hurry(keyOf(node, family, address, probe), tries, nowMs)
  }

  /**
   * Starts what is due.
   * @returns milliseconds until the next call is wanted; Infinity when there is nothing to probe
   */
  tick(nowMs: number): number {
    for (let started = 0; started < sliceRuns; started += 1) {
      const run = this.#schedule.take(nowMs)
      if (run === null) break
      this.#lagMs = Math.max(this.#lagMs, nowMs - run.dueMs)
      void this.#start(run.value)
    }
    return Math.max(0, this.#schedule.nextMs() - nowMs)
  }

  /** How late the latest start was, of those since this was last asked. */
  takeLag(): number {
    const lagMs = this.#lagMs
    this.#lagMs = 0
    return lagMs
  }

  async #start(target: ProbeTarget): Promise<void> {
    const key = keyOf(target.node, target.family, target.address, target.probe.key)
    const memory = this.#memories.get(key)
    if (memory === undefined) return
    const observation = await this.#ports.run(target, memory)
    if (this.#schedule.has(key)) this.#ports.observed(observation)
  }

  #remembered(key: string, node: string, nowMs: number): ProbeMemory {
    return this.#memories.get(key) ?? freshMemory(this.#spoken.get(node) ?? { sinceMs: nowMs, heardMs: null }, true)
  }
}

function itemsOf({ name, v4, v6, probes }: ProbedNode): Item<ProbeTarget>[] {
  const items: Item<ProbeTarget>[] = []
  const add = (family: Family, address: string): void => {
    for (const probe of probes) {
      items.push({
        key: keyOf(name, family, address, probe.key),
        intervalMs: probe.intervalMs,
        hurryMs: probe.confirmMs,
        value: { node: name, family, address, probe },
      })
    }
  }
  if (v4 !== null) add(4, v4)
  if (v6 !== null) add(6, v6)
  return items
}

/** The address belongs to it: a node that moved is another thing to probe. */
function keyOf(node: string, family: Family, address: string, probe: string): string {
  return `${node} ${family} ${address} ${probe}`
}
