// The old daemon's side: starts this program once more on the sockets of this process and waits until it answers. Knows no DNS.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { NearcastError } from '../errors.ts'
import type { BoundSocket } from '../server/sockets.ts'
import { inheritanceVersion, successorVariable, type Estate, type FromSuccessor, type Will } from './inheritance.ts'

/** Standard input, output and error, and the channel, come before what is inherited. */
const firstDescriptor = 4
/** Longer than compiling the largest databases takes. */
const answersWithinMs = 120_000

/** What is run: by default what this process was started with, as it is on disk by now. */
export interface Program {
  readonly file: string
  readonly words: readonly string[]
}

const thisProgram: Program = { file: process.execPath, words: [...process.execArgv, ...process.argv.slice(1)] }

/**
 * Starts a successor; resolves to its process id once it answers on these sockets. Until then, and whenever this rejects,
 * nothing has changed for this process, and there is no successor.
 * @throws NearcastError of the successor, such as NC_CONFIG with every problem; NC_INTERNAL when it ends or is silent
 */
export async function startSuccessor(
  estate: Estate,
  signal: AbortSignal,
  { file, words }: Program = thisProgram,
): Promise<number> {
  const { will, descriptors } = asInherited(estate)
  const child = spawn(file, words, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc', ...descriptors],
    env: { ...process.env, [successorVariable]: String(process.pid) },
  })
  // Without a process there may be no channel either: the reason is on its way.
  if (child.pid === undefined) throw await reasonOf(child)
  try {
    // A failure shows as the end of the channel.
    child.send(will, () => {})
    await untilItAnswers(child, signal)
    child.disconnect()
    child.unref()
    return child.pid ?? -1
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
}

async function reasonOf(child: ChildProcess): Promise<NearcastError> {
  const [cause] = (await once(child, 'error')) as [Error]
  return new NearcastError('NC_INTERNAL', `the successor could not be started: ${cause.message}`, { cause })
}

/** The same with the descriptors the successor will have, and those they are here. */
function asInherited({ sockets, admin, stateLock, ...rest }: Estate): { will: Will; descriptors: number[] } {
  const descriptors: number[] = []
  const pass = (descriptor: number): number => firstDescriptor + descriptors.push(descriptor) - 1
  const passSocket = ({ endpoint, descriptor }: BoundSocket): BoundSocket => ({
    endpoint,
    descriptor: pass(descriptor),
  })
  const passed = {
    sockets: { tcp: sockets.tcp.map(passSocket), udp: sockets.udp.map(passSocket) },
    admin: passSocket(admin),
    stateLock: stateLock === null ? null : pass(stateLock),
  }
  return { will: { version: inheritanceVersion, ...rest, ...passed }, descriptors }
}

async function untilItAnswers(child: ChildProcess, signal: AbortSignal): Promise<void> {
  const tooLong = AbortSignal.timeout(answersWithinMs)
  const options = { signal: AbortSignal.any([signal, tooLong]) }
  try {
    const [said] = (await Promise.race([
      once(child, 'message', options),
      // What it said before it ended has been read by then.
      once(child, 'disconnect', options),
    ])) as [FromSuccessor | undefined]
    if (said?.type === 'ready') return
    throw said === undefined
      ? new NearcastError('NC_INTERNAL', 'the successor ended before it answered: the log has more')
      : new NearcastError(said.code, said.message)
  } catch (error) {
    if (!tooLong.aborted) throw error
    const seconds = answersWithinMs / 1000
    throw new NearcastError('NC_INTERNAL', `the successor did not answer within ${seconds} s and was ended`)
  }
}
