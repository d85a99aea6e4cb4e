// What main and the doors' threads tell each other. Knows no door.
import type { ErrorCode } from '../errors.ts'
import type { Endpoint } from './model.ts'
import type { SharedState } from './state.ts'
import type { Published } from './tables.ts'

export type DoorKind = 'tcp' | 'udp-portable' | 'udp-batch' | 'signer'

/** What a thread is started with. */
export interface ThreadData {
  readonly kind: DoorKind
  readonly listen: readonly Endpoint[]
  readonly shared: SharedState
  /** One word a member of Control. */
  readonly control: Int32Array<SharedArrayBuffer>
  /** Descriptors of main's sockets, in the order of `listen`; without them the door makes its own. */
  readonly sockets?: readonly number[]
  /** For a door: how it hands queries to the signer. */
  readonly handover?: Handover
  /** For the signer: what the doors hand over, in their order. */
  readonly doors?: readonly ServedDoor[]
}

/** Where a door puts queries that need a signature. */
export interface Handover {
  readonly ring: SharedArrayBuffer
  /** The signer's control words: its messages are counted there, and so are queries in any ring. */
  readonly bell: Int32Array<SharedArrayBuffer>
}

/** A door as the signer sees it. */
export interface ServedDoor {
  readonly ring: SharedArrayBuffer
  readonly transport: number
  /** The descriptor that answers are sent from; null where they go back to the door. */
  readonly socket: number | null
}

/**
 * Words that main and a thread share. Main raises `messages` with every message, for a thread that never returns to its
 * event loop; the thread moves `beats` as long as it is well.
 */
export const Control = { messages: 0, beats: 1 } as const

export function createControl(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(8))
}

/** A thread that is well moves `beats` at least this often. */
export const beatMs = 500

/** What main tells a thread. */
export type ToThread =
  | { type: 'snapshot'; published: Published }
  | { type: 'answered'; ticket: number; bytes: Uint8Array }
  | { type: 'stop' }

/**
 * What a thread tells main: where it listens or why it cannot, and from which epoch on it answers. The signer also tells the
 * answers to what a door without a socket of main's handed over, and which zones it has no keys for.
 */
export type FromThread =
  | { type: 'bound'; endpoints: readonly Endpoint[] }
  | { type: 'refused'; code: ErrorCode; message: string }
  | { type: 'swapped'; epoch: number }
  | { type: 'answered'; door: number; ticket: number; bytes: Uint8Array }
  | { type: 'keys'; missing: readonly string[] }
