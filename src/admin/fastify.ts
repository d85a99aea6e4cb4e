// The Fastify that the admin API is built on: its limits, timeouts and types. Must not know any route.
import Fastify, { type FastifyReply, type FastifyTypeProvider } from 'fastify'
import type { Static, TSchema } from 'typebox'
import { answerClientError } from './client-error.ts'
import type { AdminRole } from './model.ts'
import { problemOf, refusal } from './problem.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The least role that may call a route; every route says one. */
    role?: AdminRole | 'anyone'
    /** Machines call it all the time: told in the log only when it fails. */
    routine?: boolean
  }
  interface FastifyRequest {
    /** Name of the token that calls, or `local`. */
    by: string
  }
}

interface SchemaTypes extends FastifyTypeProvider {
  readonly validator: this['schema'] extends TSchema ? Static<this['schema']> : unknown
  readonly serializer: this['schema'] extends TSchema ? Static<this['schema']> : unknown
}

/** Routes register themselves on this. */
export type AdminApp = ReturnType<typeof createApp>

/** An app without routes and checks: what Fastify itself is told. */
export function createApp() {
  const app = Fastify({
    logger: false,
    bodyLimit: 16_384,
    requestTimeout: 10_000,
    keepAliveTimeout: 5_000,
    connectionTimeout: 120_000,
    http: { headersTimeout: 5_000, connectionsCheckingInterval: 2_000, requireHostHeader: false },
    return503OnClosing: false,
    routerOptions: { maxParamLength: 255 },
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, allErrors: false, verbose: true } },
    schemaErrorFormatter: refusal,
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, _request, reply: FastifyReply) => {
      const { status, body } = problemOf(error)
      void reply.code(status).send(body)
    },
  }).withTypeProvider<SchemaTypes>()
  app.server.maxConnections = 256
  app.removeContentTypeParser('text/plain')
  app.decorateRequest('by', 'nobody')
  return app
}
