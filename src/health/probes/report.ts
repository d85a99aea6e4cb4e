// The report probe: the node speaks for itself, through the admin API; here only its silence is judged. Sends nothing.
import type { ReportProbe } from '../model.ts'
import { monotonicMs, success, type Outcome } from '../observation.ts'
import type { Trial } from './attempt.ts'
import { failed } from './failure.ts'

/** Before the first report there is nothing to judge, until it is overdue. */
export function probeReport({ memory: { spoken }, onStep }: Trial, { silenceMs }: ReportProbe): Outcome {
  const silentMs = monotonicMs() - (spoken.heardMs ?? spoken.sinceMs)
  if (silentMs > silenceMs) {
    return failed('silent', `no report for ${seconds(silentMs)}, expected one within ${seconds(silenceMs)}`)
  }
  if (spoken.heardMs === null) return failed('local', 'no report yet')
  onStep({ name: 'report', tookMs: 0, note: `${seconds(silentMs)} ago` })
  return success
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
