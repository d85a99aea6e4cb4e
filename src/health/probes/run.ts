// Runs whichever probe a target asks for and measures it. Must not know how any protocol is spoken.
import { freshMemory, type ProbeMemory } from '../memory.ts'
import { monotonicMs, type Observation, type Outcome, type ProbeTarget } from '../observation.ts'
import type { Step, Trial } from './attempt.ts'
import { failed } from './failure.ts'
import { probeHls } from './hls.ts'
import { probeHttp } from './http.ts'
import { probeHttpFlv } from './httpflv.ts'
import { probeQuic } from './quic.ts'
import { probeReport } from './report.ts'
import { probeRtmp } from './rtmp.ts'
import { probeSrt } from './srt.ts'
import { probeTcp } from './tcp.ts'
import { probeTls } from './tls.ts'

/**
 * One measurement, within the probe's timeout.
 * @param memory of earlier tries of the same probe at the same address; read and written
 * @param onStep told of each thing the node did as expected, as it happens
 * @returns never rejects: a fault of our own is an observation with reason `local`
 */
export async function runProbe(
  target: ProbeTarget,
  memory: ProbeMemory = freshMemory({ sinceMs: monotonicMs(), heardMs: null }),
  onStep: (step: Step) => void = () => {},
): Promise<Observation> {
  const startedMs = monotonicMs()
  const outcome = await tryProbe({ target, memory, onStep })
  const { node, family, address, probe } = target
  return { node, family, address, probe: probe.key, ...outcome, startedMs, elapsedMs: monotonicMs() - startedMs }
}

async function tryProbe(trial: Trial): Promise<Outcome> {
  try {
    return await dispatch(trial)
  } catch (error) {
    return failed('local', `the probe itself failed: ${String(error)}`)
  }
}

function dispatch(trial: Trial): Outcome | Promise<Outcome> {
  const { probe } = trial.target
  switch (probe.type) {
    case 'tcp':
      return probeTcp(trial, probe)
    case 'tls':
      return probeTls(trial, probe)
    case 'http':
    case 'https':
      return probeHttp(trial, probe)
    case 'hls':
      return probeHls(trial, probe)
    case 'httpflv':
      return probeHttpFlv(trial, probe)
    case 'rtmp':
    case 'rtmps':
      return probeRtmp(trial, probe)
    case 'srt':
      return probeSrt(trial, probe)
    case 'quic':
      return probeQuic(trial, probe)
    case 'report':
      return probeReport(trial, probe)
  }
}
