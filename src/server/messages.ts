// What main and the doors' threads tell each other. Knows no door.
import type { ErrorCode } from '../errors.ts'
import type { Endpoint } from './model.ts'
import type { SharedState } from './state.ts'
import type { Published } from './tables.ts'

export type DoorKind = 'tcp' | 'udp-portable' | 'udp-batch'

/** What a thread is started with. */
export interface ThreadData {
  readonly kind: DoorKind
  readonly listen: readonly Endpoint[]
  readonly shared: SharedState
  /** One word a member of Control. */
  readonly control: Int32Array<SharedArrayBuffer>
  /** Descriptors of main's sockets, in the order of `listen`; without them the door makes its own. */
  readonly sockets?: readonly number[]
}

/**
 * Words that main and a thread share. Main raises `messages` with every message, for a thread that never returns to its
 * event loop; the thread moves `beats` as long as it is well.
 */
export const Control = { messages: 0, beats: 1 } as const

/** A thread that is well moves `beats` at least this often. */
export const beatMs = 500

/** What main tells a thread. */
export type ToThread = { type: 'snapshot'; published: Published } | { type: 'stop' }

/** What a thread tells main: where it listens or why it cannot, and from which epoch on it answers. */
export type FromThread =
  | { type: 'bound'; endpoints: readonly Endpoint[] }
  | { type: 'refused'; code: ErrorCode; message: string }
  | { type: 'swapped'; epoch: number }
