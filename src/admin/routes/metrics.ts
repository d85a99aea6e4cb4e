// GET /metrics: what Prometheus scrapes. Must not know any metric.
import type { AdminApp } from '../fastify.ts'
import type { AdminPorts } from '../ports.ts'

export function metricsRoute(app: AdminApp, ports: AdminPorts): void {
  app.get('/metrics', { config: { role: 'viewer' } }, async (_request, reply) => {
    const text = await ports.metrics()
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(text)
  })
}
