// What a daemon leaves to the one that takes its place: sockets, verdicts, a number. Plain data; knows no process.
import type { ErrorCode } from '../errors.ts'
import type { Remembered } from '../health/remembered.ts'
import type { BoundSocket, Sockets } from '../server/sockets.ts'

/** Raised when the parts change; a successor of another version refuses, and the old daemon stays. */
export const inheritanceVersion = 3

export interface Inheritance {
  /** Descriptors are those of the process that reads this. */
  readonly sockets: Sockets
  /** Where the admin API listens. */
  readonly admin: BoundSocket
  /** The number of the snapshot in force: SOA serials must not go back. */
  readonly epoch: number
  readonly verdicts: readonly Remembered[]
  /** What signs cookies where no file has a secret, in hexadecimal digits: clients keep those they were given. */
  readonly cookieSecret: string
}

/** All that a process leaves, its daemon's and its own. */
export interface Estate extends Inheritance {
  /** A descriptor too; null where there is no lock on the state directory. */
  readonly stateLock: number | null
}

/** The first thing the old daemon says. */
export interface Will extends Estate {
  readonly version: number
}

/** The only thing the new one says: it answers, or why it cannot. */
export type FromSuccessor =
  | { readonly type: 'ready' }
  | { readonly type: 'refused'; readonly code: ErrorCode; readonly message: string }

/** Environment variable that tells a process it was started as a successor. */
export const successorVariable = 'NEARCAST_SUCCESSOR_OF'
