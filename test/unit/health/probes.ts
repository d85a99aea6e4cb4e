// Settings, a probe, a node and observations to build tests from. Opens no socket.
import type { HealthSettings, TcpProbe } from '../../../src/health/model.ts'
import type { Observation } from '../../../src/health/observation.ts'
import type { MonitorTarget } from '../../../src/health/watched.ts'

/** A TCP probe called `tcp` at 2 s, fall 3, rise 2. */
export function tcpProbe(changes: Partial<TcpProbe> = {}): TcpProbe {
  return {
    key: 'tcp',
    type: 'tcp',
    port: 443,
    intervalMs: 2_000,
    timeoutMs: 400,
    confirmMs: 150,
    fall: 3,
    rise: 2,
    required: true,
    ...changes,
  }
}

/** A failure or success of `tcp` at edge's 192.0.2.1. */
export function observation(ok: boolean, changes: Partial<Observation> = {}): Observation {
  return {
    node: 'edge',
    family: 4,
    address: '192.0.2.1',
    probe: 'tcp',
    ok,
    reason: ok ? 'ok' : 'refused',
    detail: ok ? '' : 'nobody home',
    startedMs: 0,
    elapsedMs: 1,
    ...changes,
  }
}

/** Guards that never act: no references, a budget for everything, no slow start. */
export const health: HealthSettings = {
  references: [],
  removalBudget: { share: 1, perMs: 300_000 },
  slowStartMs: 0,
  flapping: { halfLifeMs: 120_000, suppressAbove: 2_000, reuseBelow: 750 },
}

/** A node called `edge` at 192.0.2.1 in slot 1, of site hkg in apac. */
export function target(changes: Partial<MonitorTarget> = {}): MonitorTarget {
  return {
    name: 'edge',
    slot: 1,
    v4: '192.0.2.1',
    v6: null,
    probes: [tcpProbe()],
    site: 'hkg',
    region: 'apac',
    role: 'edge',
    weight: 1,
    ...changes,
  }
}
