// The admin API as an app that listens nowhere yet: checks every call, then hands it to its route. Must not know sockets, signals or state.
import type { FastifyInstance } from 'fastify'
import { NearcastError } from '../errors.ts'
import type { Logger } from '../telemetry/logger.ts'
import { checkOrigin, permit } from './access.ts'
import { type AdminApp, createApp } from './fastify.ts'
import type { AdminPorts } from './ports.ts'
import { problemOf, RefusedKey } from './problem.ts'
import { explainRoute } from './routes/explain.ts'
import { healthRoutes } from './routes/health.ts'
import { metricsRoute } from './routes/metrics.ts'
import { nodesRoute } from './routes/nodes.ts'
import { overridesRoutes } from './routes/overrides.ts'
import { reloadRoute } from './routes/reload.ts'
import { replaceRoute } from './routes/replace.ts'
import { reportsRoutes } from './routes/reports.ts'
import { snapshotRoute } from './routes/snapshot.ts'
import type { Tokens } from './tokens.ts'

export interface AdminOptions {
  /** Asked at every call, so that they may be exchanged meanwhile. */
  readonly tokens: Pick<Tokens, 'identify'>
  /** Where the app will listen; the address canonical, without brackets. */
  readonly listen: { readonly address: string; readonly port: number }
  readonly logger: Logger
}

/** The routes, in the order of the documentation. */
const routes: readonly ((app: AdminApp, ports: AdminPorts, logger: Logger) => void)[] = [
  healthRoutes,
  metricsRoute,
  nodesRoute,
  snapshotRoute,
  explainRoute,
  overridesRoutes,
  reportsRoutes,
  reloadRoute,
  replaceRoute,
]

/**
 * The admin API, ready for `listen` or `inject`. Each call passes, in this order: Host and Origin (403), token (401),
 * role (403), method (405), media type and size (415, 413), schema (400), then its route.
 */
export async function buildAdmin(ports: AdminPorts, options: AdminOptions): Promise<FastifyInstance> {
  const { tokens, listen, logger } = options
  const app = createApp()
  guard(app, tokens, listen.address)
  report(app, logger)
  const methods = methodsByPath(app)
  for (const route of routes) route(app, ports, logger)
  refuseOtherMethods(app, new Map(methods))
  await app.ready()
  return app
}

/** Every call is checked before its body is read. */
function guard(app: AdminApp, tokens: AdminOptions['tokens'], address: string): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
    const { host, origin, authorization } = request.headers
    checkOrigin(host, origin, address)
    const role = request.routeOptions.config.role ?? 'viewer'
    if (role === 'anyone') return
    const caller = tokens.identify(authorization)
    request.by = caller.name
    permit(caller, role)
  })
  app.addHook('preValidation', async (request) => {
    const takesBody = request.routeOptions.schema?.body !== undefined
    if (!takesBody && request.body !== undefined) throw new RefusedKey('body', 'this call takes no body')
  })
  app.addHook('onRoute', (route) => {
    if (route.config?.role === undefined) throw new NearcastError('NC_INTERNAL', `${route.url} names no role`)
    route.schema = { querystring: { type: 'object', additionalProperties: false }, ...route.schema }
  })
}

/** Failures are told the caller in one shape; what was changed or went wrong is told the log. */
function report(app: AdminApp, logger: Logger): void {
  app.setErrorHandler((error, request, reply) => {
    const { status, body, foreseen } = problemOf(error)
    if (!foreseen) logger.error({ event: 'admin.failed', method: request.method, url: request.url, err: error })
    if (status === 401) reply.header('www-authenticate', 'Bearer')
    return reply.code(status).send(body)
  })
  app.setNotFoundHandler((request) => {
    throw new NearcastError('NC_NOT_FOUND', `there is no ${JSON.stringify(request.url.slice(0, 100))} here`)
  })
  app.addHook('onResponse', async ({ method, url, by, ip, routeOptions }, { statusCode, elapsedTime }) => {
    const line = {
      event: 'admin.called',
      method,
      url,
      by,
      ip,
      status: statusCode,
      ms: Math.round(elapsedTime),
    } as const
    const routine = method === 'GET' || method === 'HEAD' || (routeOptions.config.routine === true && statusCode < 400)
    if (routine) logger.debug(line)
    else logger.info(line)
  })
}

/** Which methods each path has, filled in as routes are registered. */
function methodsByPath(app: AdminApp): ReadonlyMap<string, readonly string[]> {
  const methods = new Map<string, readonly string[]>()
  app.addHook('onRoute', ({ url, method }) => {
    methods.set(url, [...(methods.get(url) ?? []), ...[method].flat()])
  })
  return methods
}

/** Answers 405, not 404, where a path is known but not with this method. */
function refuseOtherMethods(app: AdminApp, methods: ReadonlyMap<string, readonly string[]>): void {
  for (const [url, known] of methods) {
    const allow = known.join(', ')
    app.route({
      url,
      method: app.supportedMethods.filter((method) => !known.includes(method)),
      config: { role: 'viewer' },
      onRequest: async ({ method }, reply) => {
        reply.header('allow', allow)
        throw Object.assign(new Error(`${method} is not for ${url}: expected ${allow}`), { statusCode: 405 })
      },
      handler: () => null,
    })
  }
}
