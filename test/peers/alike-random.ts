// Choices that look random and are the same for the same seed. Knows nothing of what they are for.
import { randomFrom } from '../support/random.ts'

export class Random {
  readonly #next: () => number

  constructor(seed: number) {
    this.#next = randomFrom(Math.imul(seed + 1, 0x9e3779b1))
  }

  /** A whole number from 0 to below `end`. */
  below(end: number): number {
    return Math.floor(this.#next() * end)
  }

  chance(of: number): boolean {
    return this.below(1000) < of * 1000
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]
  }

  /** So many of them, each once, in any order. */
  some<T>(choices: readonly T[], count: number): T[] {
    const left = [...choices]
    return Array.from({ length: Math.min(count, left.length) }, () => left.splice(this.below(left.length), 1)[0])
  }
}
