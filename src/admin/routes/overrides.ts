// GET, PUT and DELETE /v1/overrides: the operator's words on nodes. Must not know how they are kept or take effect.
import { Type } from 'typebox'
import type { Logger } from '../../telemetry/logger.ts'
import type { AdminApp } from '../fastify.ts'
import { expiryForm, parseExpiry } from '../expiry.ts'
import { nullable, OverrideReply, overrideReply } from '../override-reply.ts'
import type { AdminPorts } from '../ports.ts'
import { RefusedKey } from '../problem.ts'

const reasonForm = '1 to 500 characters that say why, without control characters'

const Params = Type.Object({ node: Type.String({ description: 'the name of a node' }) })

const Body = Type.Object(
  {
    mode: Type.Enum(['drain', 'up', 'down'], { description: 'drain, up or down' }),
    share: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 100, description: 'a whole number of percent, 0 to 100' }),
    ),
    reason: Type.String({ minLength: 1, maxLength: 500, description: reasonForm }),
    expires: Type.String({ maxLength: 40, description: expiryForm }),
  },
  { additionalProperties: false, description: 'an object of mode, share, reason and expires' },
)

const ListReply = Type.Object({
  overrides: Type.Array(Type.Object({ ...OverrideReply.properties, bound: Type.Boolean() })),
})
const SetReply = Type.Object({ override: OverrideReply, replaced: nullable(OverrideReply) })
const ClearReply = Type.Object({ cleared: OverrideReply })

export function overridesRoutes(app: AdminApp, ports: AdminPorts, logger: Logger): void {
  const config = { role: 'operator' } as const

  app.get('/v1/overrides', { config: { role: 'viewer' }, schema: { response: { 200: ListReply } } }, async () => ({
    overrides: ports.overrides().map(({ bound, ...override }) => ({ ...overrideReply(override), bound })),
  }))

  // 201 for a first override, 200 where it takes the place of another, which the reply then shows.
  const setSchema = { params: Params, body: Body, response: { 200: SetReply, 201: SetReply } }
  app.put('/v1/overrides/:node', { config, schema: setSchema }, async (request, reply) => {
    const { mode, share = 100, reason, expires } = request.body
    if (mode !== 'drain' && request.body.share !== undefined) {
      throw new RefusedKey('body.share', `share is for drain only: leave it out with mode ${mode}`)
    }
    if (reason.trim() === '' || /\p{Cc}/u.test(reason)) {
      throw new RefusedKey('body.reason', `found ${JSON.stringify(reason.slice(0, 60))}: expected ${reasonForm}`)
    }
    const expiresAt = parseExpiry(expires, ports.now())
    const order = { mode, sharePercent: share, reason, by: request.by, expiresAt }
    const { override, replaced } = ports.setOverride(request.params.node, order)
    logger.info({ event: 'override.set', ...overrideReply(override), replaced: replaced !== null })
    reply.statusCode = replaced === null ? 201 : 200
    return { override: overrideReply(override), replaced: replaced && overrideReply(replaced) }
  })

  const clearSchema = { params: Params, response: { 200: ClearReply } }
  app.delete('/v1/overrides/:node', { config, schema: clearSchema }, async ({ params, by }) => {
    const cleared = ports.clearOverride(params.node)
    logger.info({ event: 'override.cleared', node: cleared.node, mode: cleared.mode, by })
    return { cleared: overrideReply(cleared) }
  })
}
