// GET, PUT and DELETE /v1/overrides: the operator's words on nodes. Must not know how they are kept or take effect.
import { type Static, Type } from 'typebox'
import { targetForm } from '../../fleet/override-target.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { AdminApp } from '../fastify.ts'
import { parseAhead, timeForm } from '../expiry.ts'
import { ListedReply, listedReply, nullable } from '../override-reply.ts'
import type { AdminPorts } from '../ports.ts'
import { RefusedKey } from '../problem.ts'

const reasonForm = '1 to 500 characters that say why, without control characters'

const Params = Type.Object({ target: Type.String({ description: targetForm }) })

const Body = Type.Object(
  {
    mode: Type.Enum(['drain', 'up', 'down'], { description: 'drain, up or down' }),
    share: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 100, description: 'a whole number of percent, 1 to 100' }),
    ),
    reason: Type.String({ minLength: 1, maxLength: 500, description: reasonForm }),
    starts: Type.Optional(Type.String({ maxLength: 40, description: timeForm })),
    expires: Type.String({ maxLength: 40, description: timeForm }),
  },
  { additionalProperties: false, description: 'an object of mode, share, reason, starts and expires' },
)

const ListReply = Type.Object({ overrides: Type.Array(ListedReply) })
const SetReply = Type.Object({ override: ListedReply, replaced: nullable(ListedReply) })
const ClearReply = Type.Object({ cleared: ListedReply })

export function overridesRoutes(app: AdminApp, ports: AdminPorts, logger: Logger): void {
  const config = { role: 'operator' } as const

  app.get('/v1/overrides', { config: { role: 'viewer' }, schema: { response: { 200: ListReply } } }, async () => ({
    overrides: ports.overrides().map(listedReply),
  }))

  // 201 for a first override, 200 where it takes the place of another, which the reply then shows.
  const setSchema = { params: Params, body: Body, response: { 200: SetReply, 201: SetReply } }
  app.put('/v1/overrides/:target', { config, schema: setSchema }, async (request, reply) => {
    const order = { ...readBody(request.body, ports.now()), by: request.by }
    const { override, replaced } = ports.setOverride(request.params.target, order)
    logger.info({ event: 'override.set', ...listedReply(override), replaced: replaced !== null })
    reply.statusCode = replaced === null ? 201 : 200
    return { override: listedReply(override), replaced: replaced && listedReply(replaced) }
  })

  const clearSchema = { params: Params, response: { 200: ClearReply } }
  app.delete('/v1/overrides/:target', { config, schema: clearSchema }, async ({ params, by }) => {
    const cleared = ports.clearOverride(params.target)
    logger.info({ event: 'override.cleared', target: cleared.target, mode: cleared.mode, nodes: cleared.nodes, by })
    return { cleared: listedReply(cleared) }
  })
}

/** @throws RefusedKey for what no schema can say */
function readBody({ mode, share, reason, starts, expires }: Static<typeof Body>, now: number) {
  if (mode !== 'drain' && share !== undefined) {
    throw new RefusedKey('body.share', `share is for drain only: leave it out with mode ${mode}`)
  }
  if (reason.trim() === '' || /\p{Cc}/u.test(reason)) {
    throw new RefusedKey('body.reason', `found ${JSON.stringify(reason.slice(0, 60))}: expected ${reasonForm}`)
  }
  const startsAt = starts === undefined ? now : parseAhead('starts', starts, now)
  const expiresAt = parseAhead('expires', expires, now)
  if (startsAt >= expiresAt) {
    throw new RefusedKey('body.expires', `${expires} is not after the start, ${starts}: both count from now`)
  }
  return { mode, sharePercent: share ?? 100, reason, startsAt, expiresAt }
}
