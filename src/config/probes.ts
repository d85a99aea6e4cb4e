// From `probes` to what the prober is told. Knows no socket and no verdict.
import type { Probe, ProbeTiming } from '../health/model.ts'
import { many } from './resolving.ts'
import type { Resolving } from './resolving.ts'
import type { RawConfig } from './schema.ts'
import { inMilliseconds } from './units.ts'

type Raw = RawConfig['probes'][string]

/** The chain and name to ask for, where no TLS is spoken. */
const noCertificate = { verify: false, certificateDays: 0 } as const

export function resolveProbes(from: Resolving): Probe[] {
  return Object.entries(from.raw.probes).map(([key, raw]): Probe => {
    checkTimeout(from, key, raw)
    if (raw.type === 'http' || raw.type === 'https') checkScheme(from, key, raw)
    return resolveProbe(timingOf(key, raw), raw)
  })
}

function resolveProbe(timing: ProbeTiming, raw: Raw): Probe {
  switch (raw.type) {
    case 'tcp':
    case 'srt':
      return { ...timing, type: raw.type, port: raw.port }
    case 'quic': {
      const { type, port, path, verify, certificateDays } = raw
      const get = { host: raw.host ?? null, status: [...new Set(many(raw.status))], verify, certificateDays }
      return { ...timing, type, port, get: path === undefined ? null : { ...get, path } }
    }
    case 'tls': {
      const { type, port, alpn, verify, certificateDays } = raw
      return { ...timing, type, port, host: raw.host ?? null, alpn, verify, certificateDays }
    }
    case 'http':
    case 'https': {
      const { type, url, http2 } = raw
      const { verify, certificateDays } = raw.type === 'https' ? raw : noCertificate
      const expected = { status: [...new Set(many(raw.status))], bodyContains: raw.bodyContains ?? null }
      return { ...timing, type, url, host: raw.host ?? null, http2, ...expected, verify, certificateDays }
    }
    case 'hls':
    case 'httpflv': {
      const { type, url, verify, certificateDays } = raw
      return { ...timing, type, url, host: raw.host ?? null, verify, certificateDays }
    }
    case 'rtmp':
    case 'rtmps': {
      const { type, port } = raw
      const { verify, certificateDays } = raw.type === 'rtmps' ? raw : noCertificate
      return { ...timing, type, port, host: raw.host ?? null, app: raw.app ?? null, verify, certificateDays }
    }
    case 'report':
      // It is silence for `fall` intervals that fails, once, and not `fall` failures in a row.
      return { ...timing, type: 'report', fall: 1, silenceMs: timing.intervalMs * raw.fall }
  }
}

/** A report is looked for, not waited for. */
function timingOf(key: string, raw: Raw): ProbeTiming {
  const { fall, rise, required } = raw
  const intervalMs = inMilliseconds(raw.interval)
  const waits = raw.type === 'report' ? null : raw
  return {
    key,
    intervalMs,
    timeoutMs: waits === null ? intervalMs : inMilliseconds(waits.timeout),
    confirmMs: waits === null ? intervalMs : inMilliseconds(waits.confirm),
    fall,
    rise,
    required,
  }
}

function checkTimeout(from: Resolving, key: string, raw: Raw): void {
  if (raw.type === 'report' || inMilliseconds(raw.timeout) <= inMilliseconds(raw.interval)) return
  const message = `timeout: ${raw.timeout} is longer than the interval ${raw.interval}, expected at most that`
  from.report.problem(from.at('probes', key, 'timeout'), message)
}

function checkScheme(
  from: Resolving,
  key: string,
  { type, url }: { readonly type: string; readonly url: string },
): void {
  // Nothing stands for a URL that was refused.
  if (url === '' || url.startsWith(`${type}://`)) return
  from.report.problem(from.at('probes', key, 'url'), `url: ${url} under type ${type}, expected ${type}://`)
}
