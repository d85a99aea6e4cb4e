// From `probes` to what the prober is told. Knows no socket and no verdict.
import type { Probe, ProbeTiming } from '../health/model.ts'
import { many } from './resolving.ts'
import type { Resolving } from './resolving.ts'
import { inMilliseconds } from './units.ts'

export function resolveProbes(from: Resolving): Probe[] {
  return Object.entries(from.raw.probes).map(([key, raw]): Probe => {
    const timing: ProbeTiming = {
      key,
      intervalMs: inMilliseconds(raw.interval),
      timeoutMs: inMilliseconds(raw.timeout),
      confirmMs: inMilliseconds(raw.confirm),
      fall: raw.fall,
      rise: raw.rise,
      required: raw.required,
    }
    if (timing.timeoutMs > timing.intervalMs) {
      const message = `timeout: ${raw.timeout} is longer than the interval ${raw.interval}, expected at most that`
      from.report.problem(from.at('probes', key, 'timeout'), message)
    }
    if (raw.type === 'tcp') return { ...timing, type: 'tcp', port: raw.port }
    if (!raw.url.startsWith(`${raw.type}://`)) {
      from.report.problem(
        from.at('probes', key, 'url'),
        `url: ${raw.url} under type ${raw.type}, expected ${raw.type}://`,
      )
    }
    return {
      ...timing,
      type: raw.type,
      url: raw.url,
      host: raw.host ?? null,
      status: [...new Set(many(raw.status))],
      bodyContains: raw.bodyContains ?? null,
      verify: raw.type === 'https' && raw.verify,
      certificateDays: raw.type === 'https' ? raw.certificateDays : 0,
    }
  })
}
