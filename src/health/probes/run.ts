// Runs whichever probe a target asks for and measures it. Must not know how any protocol is spoken.
import { monotonicMs, type Observation, type Outcome, type ProbeTarget } from '../observation.ts'
import { failed } from './failure.ts'
import { probeHttp } from './http.ts'
import { probeTcp } from './tcp.ts'

/**
 * One measurement, within the probe's timeout.
 * @returns never rejects: a fault of our own is an observation with reason `local`
 */
export async function runProbe(target: ProbeTarget): Promise<Observation> {
  const startedMs = monotonicMs()
  const { ok, reason, detail } = await tryProbe(target)
  const { node, family, address, probe } = target
  return {
    node,
    family,
    address,
    probe: probe.key,
    ok,
    reason,
    detail,
    startedMs,
    elapsedMs: monotonicMs() - startedMs,
  }
}

async function tryProbe(target: ProbeTarget): Promise<Outcome> {
  try {
    return await dispatch(target)
  } catch (error) {
    return failed('local', `the probe itself failed: ${String(error)}`)
  }
}

function dispatch(target: ProbeTarget): Promise<Outcome> {
  const { probe } = target
  switch (probe.type) {
    case 'tcp':
      return probeTcp(target, probe)
    case 'http':
    case 'https':
      return probeHttp(target, probe)
  }
}
