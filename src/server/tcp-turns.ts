// Shares every turn of the event loop among connections: nobody holds up timers, newcomers or each other. Knows no sockets.

/** Queries of all connections in one turn: a millisecond or less. */
const queriesPerTurn = 256
/** Queries of one connection in one turn. */
export const queriesAtOnce = 32

/** Who has used up a turn goes on in a later one. */
export interface Waiter {
  goOn(): void
}

export class TcpTurns {
  /** First come, first served. */
  readonly #waiting = new Set<Waiter>()
  #left = queriesPerTurn
  #scheduled = false

  /** Takes one query out of this turn; false when there are none left. */
  take(): boolean {
    if (this.#left === 0) return false
    this.#left--
    return true
  }

  /** Has somebody go on behind those who wait already. */
  wait(waiter: Waiter): void {
    this.#waiting.add(waiter)
    this.#schedule()
  }

  forget(waiter: Waiter): void {
    this.#waiting.delete(waiter)
  }

  readonly #turn = (): void => {
    this.#scheduled = false
    this.#left = queriesPerTurn
    // Who comes back to wait in this turn stands at the end and is not met again.
    let met = this.#waiting.size
    for (const waiter of this.#waiting) {
      if (met-- === 0 || this.#left === 0) break
      this.#waiting.delete(waiter)
      waiter.goOn()
    }
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled || this.#waiting.size === 0) return
    this.#scheduled = true
    setImmediate(this.#turn)
  }
}
