// How far each node was last seen to have come with each stream. Judges nothing.
import type { Observation } from './observation.ts'

interface Position {
  readonly reached: number
  /** After this it says nothing any more: a stream may begin anew. */
  readonly untilMs: number
}

export class Streams {
  readonly #positions = new Map<string, Map<string, Position>>()

  /** Takes note of a playlist that was read. */
  hear({ node, stream, reached }: Observation, untilMs: number): void {
    if (stream === undefined || reached === undefined) return
    const positions = this.#positions.get(stream) ?? new Map<string, Position>()
    this.#positions.set(stream, positions)
    positions.set(node, { reached, untilMs })
  }

  /** How far nodes other than this one have come. */
  *others(stream: string, node: string, nowMs: number): Iterable<number> {
    for (const [name, { reached, untilMs }] of this.#positions.get(stream) ?? []) {
      if (name !== node && untilMs >= nowMs) yield reached
    }
  }

  /** Forgets what says nothing any more. */
  prune(nowMs: number): void {
    for (const [stream, positions] of this.#positions) {
      for (const [node, { untilMs }] of positions) if (untilMs < nowMs) positions.delete(node)
      if (positions.size === 0) this.#positions.delete(stream)
    }
  }
}
