// Who waits for the answers to messages that were handed over: bounded, the oldest forgotten first. Knows no sockets.

/** More than lie in a ring at once: answers are on their way back as well. */
const places = 1024

export class Tickets<Holder> {
  readonly #onForgotten: (holder: Holder) => void
  readonly #holders: (Holder | undefined)[] = Array.from({ length: places })
  /** Begins anywhere: answers to who had tickets before, of a thread that ended, are nobody's then. */
  #next = Math.floor(Math.random() * 2 ** 30)
  /** Tickets that were not taken back, those that were forgotten left out. */
  outstanding = 0

  /** @param onForgotten hears of who waits for nothing any more */
  constructor(onForgotten: (holder: Holder) => void = () => {}) {
    this.#onForgotten = onForgotten
  }

  /** A ticket for somebody. */
  give(holder: Holder): number {
    const ticket = this.#next
    const forgotten = this.#holders[ticket % places]
    this.#next = (ticket + 1) & 0x3fffffff
    this.#holders[ticket % places] = holder
    if (forgotten === undefined) this.outstanding++
    else this.#onForgotten(forgotten)
    return ticket
  }

  /** Whose ticket it is, once; undefined when they were forgotten. */
  take(ticket: number): Holder | undefined {
    const age = (this.#next - ticket) & 0x3fffffff
    if (age === 0 || age > places) return undefined
    const holder = this.#holders[ticket % places]
    if (holder !== undefined) this.outstanding--
    this.#holders[ticket % places] = undefined
    return holder
  }
}
