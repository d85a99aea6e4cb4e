// The new daemon's side: takes what the old one leaves, and tells it when it may go. Knows no DNS.
import { once } from 'node:events'
import { NearcastError } from '../errors.ts'
import {
  inheritanceVersion,
  successorVariable,
  type FromSuccessor,
  type Inheritance,
  type Will,
} from './inheritance.ts'

/** It is sent before this process has even started. */
const willWithinMs = 10_000

/** The daemon that this one takes the place of. */
export interface Predecessor {
  readonly inheritance: Inheritance
  /** The descriptor of the lock on the state directory; null where there is none. */
  readonly stateLock: number | null
  /** This daemon answers: the old one may go. */
  ready(): Promise<void>
  /** This daemon cannot: the old one stays, and says why. */
  refuse(error: unknown): Promise<void>
}

/**
 * The predecessor of this process, or null when nobody started it as a successor.
 * @throws NC_CONFLICT, which the predecessor is told, when it is of a version that leaves other things
 */
export async function meetPredecessor(): Promise<Predecessor | null> {
  const { [successorVariable]: of } = process.env
  // Nothing this process starts is meant by it.
  delete process.env[successorVariable]
  if (of === undefined || process.send === undefined) return null
  const [{ version, stateLock, ...inheritance }] = (await once(process, 'message', {
    signal: AbortSignal.timeout(willWithinMs),
  })) as [Will]
  if (version !== inheritanceVersion) {
    const error = new NearcastError('NC_CONFLICT', 'this version cannot take over from the one that runs: restart it')
    await refuse(error)
    throw error
  }
  const { closeOnExec } = await import('../server/syscalls.ts')
  const { sockets, admin } = inheritance
  for (const { descriptor } of [...sockets.tcp, ...sockets.udp, admin]) closeOnExec(descriptor)
  if (stateLock !== null) closeOnExec(stateLock)
  return { inheritance, stateLock, ready: () => tell({ type: 'ready' }), refuse }
}

function refuse(error: unknown): Promise<void> {
  const message = error instanceof Error ? error.message : String(error)
  return tell({ type: 'refused', code: error instanceof NearcastError ? error.code : 'NC_INTERNAL', message })
}

/** Resolves when it is on its way, or nobody is there any more. */
function tell(message: FromSuccessor): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected && process.send) process.send(message, () => resolve())
    else resolve()
  })
}
