// POST /v1/replace: has a new process take this one's place and answers when it does. Must not know processes.
import { Type } from 'typebox'
import type { AdminApp } from '../fastify.ts'
import type { AdminPorts } from '../ports.ts'

const ReplaceReply = Type.Object({ pid: Type.Integer({ description: 'process id of the new daemon' }) })

export function replaceRoute(app: AdminApp, ports: AdminPorts): void {
  const options = { config: { role: 'operator' }, schema: { response: { 200: ReplaceReply } } } as const
  app.post('/v1/replace', options, async (_request, reply) => {
    const pid = await ports.replace()
    // Whatever the caller asks next is for the new process.
    reply.header('connection', 'close')
    return { pid }
  })
}
