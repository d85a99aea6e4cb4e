// Ports and tokens for tests of the admin API: a daemon's worth of plain data that a test may change. Knows no HTTP.
import { NearcastError } from '../../../src/errors.ts'
import type { OverrideOrder } from '../../../src/fleet/overrides.ts'
import { identify, type Token } from '../../../src/admin/access.ts'
import { buildAdmin } from '../../../src/admin/app.ts'
import type { AdminPorts } from '../../../src/admin/ports.ts'
import type { HeardReport } from '../../../src/health/reports.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'

export const now = Date.parse('2030-01-01T00:00:00Z')

export const tokens: readonly Token[] = [
  { name: 'screen', role: 'viewer', secret: 'viewer-secret-0123456789' },
  { name: 'player', role: 'reporter', secret: 'reporter-secret-0123456789' },
  { name: 'ops', role: 'operator', secret: 'operator-secret-0123456789' },
]

export const bearer = (name: string): { authorization: string } => ({
  authorization: `Bearer ${tokens.find((token) => token.name === name)?.secret}`,
})

/** Ports where every call works; `orders` collects what was asked of the fleet. */
export function fakePorts(changes: Partial<AdminPorts> = {}) {
  const orders: { target: string; order: OverrideOrder }[] = []
  const heard: HeardReport[] = []
  const override = {
    target: 'hkg-1',
    mode: 'drain',
    sharePercent: 50,
    reason: 'maintenance',
    by: 'ops',
    setAt: now,
    startsAt: now,
    expiresAt: now + 3_600_000,
  } as const
  const listed = { ...override, nodes: ['hkg-1'], active: true }
  const ports: AdminPorts = {
    now: () => now,
    missing: () => [],
    metrics: async () => 'nearcast_snapshot_epoch 4\n',
    nodes: () => [
      {
        name: 'hkg-1',
        site: 'hkg',
        region: 'apac',
        role: 'edge',
        v4: {
          address: '192.0.2.11',
          verdict: 'down',
          since: now - 5_000,
          reasons: ['tcp: connection refused'],
          share: 0,
          kept: null,
          heldOutUntil: null,
          stale: false,
        },
        v6: null,
        override,
      },
    ],
    guards: () => [{ guard: 'removal_budget', scope: { region: 'apac', role: 'edge', family: 4 }, since: now - 2_000 }],
    snapshot: () => ({
      epoch: 4,
      compiledAt: now - 60_000,
      zones: ['live.example.net'],
      services: ['play'],
      cells: 10_794,
      blocks: 871_000,
      sources: [{ slot: 'country', file: '/data/country.mmdb', type: 'DBIP-Country', builtAt: null, records: 3 }],
      configFiles: ['/etc/nearcast/nearcast.yaml'],
    }),
    explain: (request) => ({ asked: request, candidates: [{ node: 'hkg-1', terms: { rtt: 4.5 } }] }),
    overrides: () => [listed],
    setOverride: (target, order) => {
      if (target !== 'hkg-1') throw new NearcastError('NC_NOT_FOUND', `there is no node ${target}`)
      orders.push({ target, order })
      const set = { target, ...order, setAt: now, nodes: [target], active: order.startsAt <= now }
      return { override: set, replaced: orders.length > 1 ? listed : null }
    },
    clearOverride: (target) => {
      if (target !== 'hkg-1') throw new NearcastError('NC_NOT_FOUND', `there is no override on ${target}`)
      return listed
    },
    reports: () => [
      {
        node: 'hkg-1',
        at: now - 5_000,
        by: 'player',
        load: 0.5,
        mbps: 900,
        connections: 40,
        streams: null,
        cpu: null,
        disk: null,
      },
    ],
    hearReport: (report) => {
      if (report.node !== 'hkg-1') throw new NearcastError('NC_NOT_FOUND', `there is no node ${report.node}`)
      heard.push(report)
    },
    reload: async () => ({ epoch: 5, warnings: ['steering[3] changes nothing'] }),
    replace: async () => 4711,
    ...changes,
  }
  return { ports, orders, heard }
}

/** An app on loopback; `lines` collects what it logs. */
export async function fakeAdmin(options: { ports?: AdminPorts; tokens?: readonly Token[]; address?: string } = {}) {
  const lines: Record<string, unknown>[] = []
  const logger = createLogger({
    level: 'debug',
    destination: { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  })
  const listen = { address: options.address ?? '127.0.0.1', port: 0 }
  const { ports = fakePorts().ports, tokens: known = [] } = options
  const app = await buildAdmin(ports, { tokens: { identify: identify(known) }, listen, logger })
  return { app, lines }
}
