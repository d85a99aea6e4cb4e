// GET /v1/snapshot: the table that answers now and what it was made of. Must not know how it is compiled.
import { Type } from 'typebox'
import { NearcastError } from '../../errors.ts'
import type { AdminApp } from '../fastify.ts'
import { isoTime, nullable } from '../override-reply.ts'
import type { AdminPorts } from '../ports.ts'

const SnapshotReply = Type.Object({
  epoch: Type.Number(),
  compiledAt: Type.String(),
  zones: Type.Array(Type.String()),
  services: Type.Array(Type.String()),
  cells: Type.Number(),
  blocks: Type.Number(),
  sources: Type.Array(
    Type.Object({
      slot: Type.String(),
      file: Type.String(),
      type: Type.String(),
      builtAt: nullable(Type.String()),
      records: Type.Number(),
    }),
  ),
  configFiles: Type.Array(Type.String()),
})

export function snapshotRoute(app: AdminApp, ports: AdminPorts): void {
  app.get('/v1/snapshot', { config: { role: 'viewer' }, schema: { response: { 200: SnapshotReply } } }, async () => {
    const snapshot = ports.snapshot()
    if (snapshot === null) throw new NearcastError('NC_NOT_FOUND', 'there is no snapshot yet: see /readyz')
    return {
      ...snapshot,
      compiledAt: isoTime(snapshot.compiledAt),
      zones: [...snapshot.zones],
      services: [...snapshot.services],
      sources: [...snapshot.sources],
      configFiles: [...snapshot.configFiles],
    }
  })
}
