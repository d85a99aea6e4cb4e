// GET /healthz and /readyz: for supervisors, so without a token. Must not tell more than up and ready.
import { Type } from 'typebox'
import type { AdminApp } from '../fastify.ts'
import type { AdminPorts } from '../ports.ts'

const Health = Type.Object({ healthy: Type.Boolean() })
const Readiness = Type.Object({ ready: Type.Boolean(), missing: Type.Array(Type.String()) })

export function healthRoutes(app: AdminApp, ports: AdminPorts): void {
  const config = { role: 'anyone' } as const

  app.get('/healthz', { config, schema: { response: { 200: Health } } }, async () => ({ healthy: true }))

  app.get('/readyz', { config, schema: { response: { 200: Readiness, 503: Readiness } } }, async (_request, reply) => {
    const missing = [...ports.missing()]
    const ready = missing.length === 0
    reply.statusCode = ready ? 200 : 503
    return { ready, missing }
  })
}
