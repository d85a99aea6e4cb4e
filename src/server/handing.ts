// How a door's thread hands queries to the signer. Knows no DNS.
import type { HandOver } from './door.ts'
import { HandoverRing } from './handover-ring.ts'
import { Control, type Handover } from './messages.ts'

/** What the door calls; without a ring nobody takes queries. */
export function handingOver(handover: Handover | undefined): HandOver {
  if (handover === undefined) return () => false
  const ring = new HandoverRing(handover.ring)
  const { bell } = handover
  return (bytes, length, client, ticket) => {
    if (!ring.push(bytes, length, client, ticket)) return false
    Atomics.add(bell, Control.messages, 1)
    Atomics.notify(bell, Control.messages)
    return true
  }
}
