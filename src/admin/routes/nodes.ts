// GET /v1/nodes: the node table with what probes and operators say of each node. Must not know probes.
import { type Static, Type } from 'typebox'
import type { AdminApp } from '../fastify.ts'
import { isoTime, nullable, OverrideReply, overrideReply } from '../override-reply.ts'
import type { AdminPorts, FamilyStatus } from '../ports.ts'

const FamilyReply = Type.Object({
  address: Type.String(),
  verdict: Type.Enum(['unknown', 'up', 'suspect', 'down', 'probation']),
  since: nullable(Type.String()),
  reasons: Type.Array(Type.String()),
})

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
})

export function nodesRoute(app: AdminApp, ports: AdminPorts): void {
  app.get('/v1/nodes', { config: { role: 'viewer' }, schema: { response: { 200: NodesReply } } }, async () => ({
    nodes: ports.nodes().map(({ v4, v6, override, ...node }) => ({
      ...node,
      v4: v4 && familyReply(v4),
      v6: v6 && familyReply(v6),
      override: override && overrideReply(override),
    })),
  }))
}

function familyReply({ address, verdict, since, reasons }: FamilyStatus): Static<typeof FamilyReply> {
  return { address, verdict, since: since === null ? null : isoTime(since), reasons: [...reasons] }
}
