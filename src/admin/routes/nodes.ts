// GET /v1/nodes: the node table with what probes, guards and operators say of each node. Must not know probes.
import { type Static, Type } from 'typebox'
import type { AdminApp } from '../fastify.ts'
import { isoTime, nullable, OverrideReply, overrideReply } from '../override-reply.ts'
import type { AdminPorts, FamilyStatus } from '../ports.ts'

const FamilyReply = Type.Object({
  address: Type.String(),
  verdict: Type.Enum(['unknown', 'up', 'suspect', 'down', 'probation']),
  since: nullable(Type.String()),
  reasons: Type.Array(Type.String()),
  /** Percent of client blocks it may be handed to, overrides aside. */
  share: Type.Number(),
  /** The guard that keeps it in the answers although its probes would remove it. */
  kept: nullable(Type.Enum(['self_suspicion', 'origin', 'removal_budget'])),
  /** Until when it is held out for flapping, if it falls no more. */
  heldOutUntil: nullable(Type.String()),
  /** From before the start, not confirmed yet. */
  stale: Type.Boolean(),
})

/** What a guard acts on: those of these that tell it. */
const ScopeReply = Type.Partial(
  Type.Object({
    region: Type.String(),
    site: Type.String(),
    role: Type.String(),
    family: Type.Number(),
    stream: Type.String(),
  }),
)

const NodesReply = Type.Object({
  nodes: Type.Array(
    Type.Object({
      name: Type.String(),
      site: Type.String(),
      region: Type.String(),
      role: Type.Enum(['edge', 'origin']),
      v4: nullable(FamilyReply),
      v6: nullable(FamilyReply),
      override: nullable(OverrideReply),
    }),
  ),
  /** Guards at work, and where. */
  guards: Type.Array(
    Type.Object({
      guard: Type.Enum(['self_suspicion', 'origin', 'removal_budget', 'spill', 'fail_open']),
      scope: ScopeReply,
      since: Type.String(),
    }),
  ),
})

export function nodesRoute(app: AdminApp, ports: AdminPorts): void {
  app.get('/v1/nodes', { config: { role: 'viewer' }, schema: { response: { 200: NodesReply } } }, async () => ({
    nodes: ports.nodes().map(({ v4, v6, override, ...node }) => ({
      ...node,
      v4: v4 && familyReply(v4),
      v6: v6 && familyReply(v6),
      override: override && overrideReply(override),
    })),
    guards: ports.guards().map(({ guard, scope, since }) => ({ guard, scope, since: isoTime(since) })),
  }))
}

function familyReply({ since, reasons, share, heldOutUntil, ...status }: FamilyStatus): Static<typeof FamilyReply> {
  return {
    ...status,
    since: since === null ? null : isoTime(since),
    reasons: [...reasons],
    share: Math.round(share * 100),
    heldOutUntil: heldOutUntil === null ? null : isoTime(heldOutUntil),
  }
}
