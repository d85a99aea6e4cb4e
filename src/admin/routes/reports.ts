// POST /v1/reports/{node}, by which a node speaks for itself, and GET /v1/reports. Must not know what is made of them.
import { Type } from 'typebox'
import type { AdminApp } from '../fastify.ts'
import { isoTime, nullable } from '../override-reply.ts'
import type { AdminPorts } from '../ports.ts'

const Params = Type.Object({ node: Type.String({ description: 'the name of a node' }) })

const share = (of: string) =>
  Type.Optional(Type.Number({ minimum: 0, maximum: 100, description: `${of} as a share, 1 being all of it` }))
const amount = (of: string) =>
  Type.Optional(Type.Number({ minimum: 0, maximum: 1e12, description: `${of}, 0 or more` }))
const count = (of: string) =>
  Type.Optional(Type.Integer({ minimum: 0, maximum: 1e12, description: `a whole number of ${of}` }))

const Body = Type.Object(
  {
    load: share('what is in use of its capacity'),
    mbps: amount('what it sends in Mbit/s'),
    connections: count('connections'),
    streams: count('streams'),
    cpu: share('what is in use of its processors'),
    disk: share('what is in use of its disk'),
  },
  { additionalProperties: false, description: 'an object, empty when there is nothing to say but that it lives' },
)

const number = nullable(Type.Number())
const ListReply = Type.Object({
  reports: Type.Array(
    Type.Object({
      node: Type.String(),
      at: Type.String(),
      by: Type.String(),
      load: number,
      mbps: number,
      connections: number,
      streams: number,
      cpu: number,
      disk: number,
    }),
  ),
})

export function reportsRoutes(app: AdminApp, ports: AdminPorts): void {
  app.get('/v1/reports', { config: { role: 'viewer' }, schema: { response: { 200: ListReply } } }, async () => ({
    reports: ports.reports().map((report) => ({ ...report, at: isoTime(report.at) })),
  }))

  const options = { config: { role: 'reporter', routine: true }, schema: { params: Params, body: Body } } as const
  app.post('/v1/reports/:node', options, async ({ params, body, by }, reply) => {
    const { load = null, mbps = null, connections = null, streams = null, cpu = null, disk = null } = body
    ports.hearReport({ node: params.node, at: ports.now(), by, load, mbps, connections, streams, cpu, disk })
    return reply.code(204).send()
  })
}
