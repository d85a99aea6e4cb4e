// Numbers that look random and are the same in every run. Knows nothing of what they are for.

/** A generator of 32-bit numbers (xorshift); allocates nothing once it is warm. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed | 1
  }

  /** A whole number from 0 to below `limit`, which is at most 2^31. */
  below(limit: number): number {
    let x = this.#state
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#state = x
    return ((x >>> 1) % limit) | 0
  }
}
