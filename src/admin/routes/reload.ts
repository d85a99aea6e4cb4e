// POST /v1/reload: reads the configuration again and answers when it is in force or refused. Must not know the configuration.
import { Type } from 'typebox'
import type { AdminApp } from '../fastify.ts'
import type { AdminPorts } from '../ports.ts'

const ReloadReply = Type.Object({ epoch: Type.Number(), warnings: Type.Array(Type.String()) })

export function reloadRoute(app: AdminApp, ports: AdminPorts): void {
  app.post('/v1/reload', { config: { role: 'operator' }, schema: { response: { 200: ReloadReply } } }, async () => {
    const { epoch, warnings } = await ports.reload()
    return { epoch, warnings: [...warnings] }
  })
}
