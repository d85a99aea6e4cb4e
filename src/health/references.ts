// The addresses beyond the fleet that tell our own fault from the nodes': how the prober asks them, and what they last did.
// Judges nothing.
import type { Logger } from '../telemetry/logger.ts'
import { hear, type Heard } from './guards.ts'
import type { Confirm, ProbedNode } from './messages.ts'
import type { Reference } from './model.ts'
import type { Family, Observation } from './observation.ts'

/** Names of nodes have no colon, so a reference is never mistaken for one. */
const prefix = 'reference:'
const probe = 'reference'
/** Asked at once, too, when somebody becomes suspect; the timeout is short, so that they have spoken before anybody falls. */
const timing = { intervalMs: 2_000, timeoutMs: 300, confirmMs: 100, fall: 1, rise: 1, required: true } as const
const hurryEveryMs = 250

export class References {
  readonly #log: Logger
  #known = new Map<string, { readonly reference: Reference; heard: Heard | null }>()
  #hurriedMs = -Infinity

  constructor(log: Logger) {
    this.#log = log
  }

  /** Asks exactly these from now on; what is known of those that stay is kept. */
  update(references: readonly Reference[]): void {
    const before = this.#known
    this.#known = new Map(
      references.map((reference) => {
        const name = prefix + reference.key
        return [name, { reference, heard: before.get(name)?.heard ?? null }]
      }),
    )
  }

  /** As the prober is told of them. */
  probed(): ProbedNode[] {
    return [...this.#known].map(
      ([
        name,
        {
          reference: { family, address, port },
        },
      ]) => ({
        name,
        v4: family === 4 ? address : null,
        v6: family === 6 ? address : null,
        probes: [{ key: probe, type: 'tcp', port, ...timing }],
      }),
    )
  }

  /** Takes the observation if it is of a reference, known or not. */
  hear({ node, ok, reason, detail, startedMs }: Observation): boolean {
    const known = this.#known.get(node)
    if (known === undefined || reason === 'local') return node.startsWith(prefix)
    const before = known.heard
    known.heard = hear(before, ok, startedMs)
    const reference = known.reference.key
    if (!known.heard.ok && (before === null || before.ok)) {
      this.#log.warn({ event: 'reference.failing', reference, reason, detail })
    } else if (known.heard.ok && before?.ok === false) this.#log.info({ event: 'reference.answering', reference })
    return true
  }

  /** Whether each answers; null: not heard yet. */
  list(): { readonly reference: string; readonly up: boolean | null }[] {
    return [...this.#known.values()].map(({ reference, heard }) => ({
      reference: reference.key,
      up: heard && heard.ok,
    }))
  }

  /** What to ask the prober because a node became suspect: nothing when they were hurried a moment ago. */
  hurry(nowMs: number): Confirm[] {
    if (Math.abs(nowMs - this.#hurriedMs) < hurryEveryMs) return []
    this.#hurriedMs = nowMs
    return [...this.#known].map(
      ([
        node,
        {
          reference: { family, address },
        },
      ]) => {
        return { node, family, address, probe, tries: 1 }
      },
    )
  }

  /** What those of a family last did, of all families where it has none; null: not heard yet. */
  heard(family: Family): (Heard | null)[] {
    const all = [...this.#known.values()]
    const own = all.filter(({ reference }) => reference.family === family)
    return (own.length > 0 ? own : all).map(({ heard }) => heard)
  }
}
