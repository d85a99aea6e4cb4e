// Where a log goes that must hold nobody up: what its reader, or a full disk, does not take now is kept and written later. Knows no format.
import { writeSync } from 'node:fs'

/** What waits is bounded: the first lines of a trouble say most, so it is the later ones that are left out. */
const mostHeldBytes = 1 << 20
/** A pipe that can be written to at all takes so much without blocking (PIPE_BUF of Linux), a socket does too. */
const pieceBytes = 4096
/** It is tried again after so long, and soon while the reader takes some of it. */
const retryMs = 100
const soonMs = 5
/** The process ends no later for it. */
const farewellMs = 1_000
/** <poll.h> */
const POLLOUT = 4

type Poll = (descriptors: Uint8Array, count: number, timeoutMs: number) => number

export class LogOutput {
  readonly #descriptor: number
  readonly #onLost: (lines: number) => void
  /** Asks the system whether a write would block; null where that is not known, and one may. */
  #poll: Poll | null = null
  /** The rest of a line and whole ones, in order. */
  readonly #held: Buffer[] = []
  #heldBytes = 0
  #lost = 0
  #retry: NodeJS.Timeout | undefined

  /** @param onLost told, once there is room again, how many lines had to be left out */
  constructor(descriptor: number, onLost: (lines: number) => void) {
    this.#descriptor = descriptor
    this.#onLost = onLost
    void loadPoll().then(
      (poll) => (this.#poll = poll),
      () => {},
    )
    process.on('exit', () => this.#drain(farewellMs))
  }

  /** Writes at once what can be, so that a crash loses no line that somebody reads. Never throws and never waits. */
  write(line: string): void {
    const bytes = Buffer.from(line)
    if (this.#heldBytes + bytes.length > mostHeldBytes) this.#lost++
    else {
      this.#held.push(bytes)
      this.#heldBytes += bytes.length
    }
    this.#drain(0)
  }

  #drain(waitMs: number): void {
    const before = this.#heldBytes
    const untilMs = performance.now() + waitMs
    while (this.#held.length > 0 && this.#takes(Math.max(0, Math.ceil(untilMs - performance.now())))) {
      const [first] = this.#held
      let written: number
      try {
        written = writeSync(this.#descriptor, first, 0, Math.min(first.length, pieceBytes))
      } catch {
        // No reader, no space, no terminal any more: any of them may come back.
        break
      }
      this.#heldBytes -= written
      if (written < first.length) this.#held[0] = first.subarray(written)
      else this.#held.shift()
    }
    clearTimeout(this.#retry)
    this.#retry = undefined
    if (this.#held.length > 0) {
      const pauseMs = this.#heldBytes < before ? soonMs : retryMs
      this.#retry = setTimeout(() => this.#drain(0), pauseMs).unref()
    } else if (this.#lost > 0) this.#tellLost()
  }

  #tellLost(): void {
    const lines = this.#lost
    this.#lost = 0
    this.#onLost(lines)
  }

  /** Whether a write of a piece returns at once, if only with an error. */
  #takes(waitMs: number): boolean {
    if (this.#poll === null) return true
    const asked = new Uint8Array(new ArrayBuffer(8))
    new Int32Array(asked.buffer)[0] = this.#descriptor
    new Int16Array(asked.buffer)[2] = POLLOUT
    return this.#poll(asked, 1, waitMs) !== 0
  }
}

async function loadPoll(): Promise<Poll> {
  const { default: koffi } = await import('koffi')
  return koffi.load(null).func('int poll(void *, unsigned long, int)') as Poll
}
