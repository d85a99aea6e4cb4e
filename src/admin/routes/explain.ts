// GET /v1/explain: which nodes a client gets for a name, and why the others lost. Must not know scoring.
import { Type } from 'typebox'
import { formatAddress, parseAddress } from '../../ip/address.ts'
import type { AdminApp } from '../fastify.ts'
import type { AdminPorts } from '../ports.ts'
import { RefusedKey } from '../problem.ts'

const clientForm = 'an IPv4 or IPv6 address such as 192.0.2.1'

const Query = Type.Object(
  {
    client: Type.String({ maxLength: 45, description: clientForm }),
    name: Type.String({ minLength: 1, maxLength: 1024, description: 'a name such as play.live.example.net' }),
    type: Type.Optional(Type.Enum(['A', 'AAAA', 'HTTPS'], { description: 'A, AAAA or HTTPS' })),
  },
  { additionalProperties: false },
)

export function explainRoute(app: AdminApp, ports: AdminPorts): void {
  app.get('/v1/explain', { config: { role: 'viewer' }, schema: { querystring: Query } }, async ({ query }) => {
    const bytes = parseAddress(query.client)
    if (bytes === null) {
      throw new RefusedKey('query.client', `found ${JSON.stringify(query.client)}: expected ${clientForm}`)
    }
    return ports.explain({ client: formatAddress(bytes), name: query.name, type: query.type ?? 'A' })
  })
}
