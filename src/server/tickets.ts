// Who waits for the answers to messages that were handed over: bounded, the oldest forgotten first. Knows no sockets.

/** At least as many as may be handed over at once. */
const places = 1024

export class Tickets<Holder> {
  readonly #holders: (Holder | undefined)[] = Array.from({ length: places })
  /** Begins anywhere: answers to who had tickets before, of a thread that ended, are nobody's then. */
  #next = Math.floor(Math.random() * 2 ** 30)
  /** Tickets that were not taken back, those that were forgotten left out. */
  outstanding = 0

  /** A ticket for somebody. */
  give(holder: Holder): number {
    const ticket = this.#next
    this.#next = (ticket + 1) & 0x3fffffff
    if (this.#holders[ticket % places] === undefined) this.outstanding++
    this.#holders[ticket % places] = holder
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
