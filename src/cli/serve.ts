// nearcast serve: runs the daemon until a signal ends it. Knows signals and the environment, not what the daemon does.
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { defaultCacheDirectory, homeDirectory } from '../compile/cache.ts'
import { forkCompiler } from '../compile/run.ts'
import { workingDirectory } from '../config/problem.ts'
import type { Daemon } from '../daemon.ts'
import { NearcastError } from '../errors.ts'
import { lockState, signLock } from '../fleet/state-lock.ts'
import { meetPredecessor } from '../succession/predecessor.ts'
import { startSuccessor } from '../succession/successor.ts'
import { createLogger, type Logger, type LogLevel } from '../telemetry/logger.ts'
import { nextEnding } from './ending.ts'
import { tellServiceManager } from './service-manager.ts'

const firstProcess = { because: 'it is the first process of a container, which ends with it; restart the container' }

interface Options {
  readonly config: string
  readonly logLevel: LogLevel
}

/** The command, for main.ts. */
export function serveCommand(): Command {
  return new Command('serve')
    .description('Answer DNS as a configuration says, until a signal ends it')
    .option('-c, --config <path>', 'the main configuration file', 'config/nearcast.yaml')
    .addOption(
      new Option('--log-level <level>', 'the least that is logged')
        .choices(['debug', 'info', 'warn', 'error', 'fatal'])
        .default('info'),
    )
    .addHelpText(
      'after',
      `
SIGHUP, POST /v1/reload or a changed file reads the configuration again; what is refused leaves the old one in force.
SIGUSR2 or 'nearcast replace' starts a new process in place of this one, without losing a query.
SIGTERM or SIGINT answers what was received and ends; a second one ends at once.

Environment:
  CACHE_DIRECTORY  where compiled databases are kept; else XDG_CACHE_HOME/nearcast, else ~/.cache/nearcast
  STATE_DIRECTORY  where overrides and the last verdicts are kept; else XDG_STATE_HOME/nearcast, else ~/.local/state/nearcast;
                   each daemon needs one of its own

Examples:
  As the service does, when the configuration is good:
    $ nearcast check --config /etc/nearcast/nearcast.yaml && nearcast serve --config /etc/nearcast/nearcast.yaml
  The configuration of this directory, with every change of a verdict in the log:
    $ nearcast serve --log-level debug`,
    )
    .action(serve)
}

async function serve({ config, logLevel }: Options): Promise<void> {
  // Where the working directory was removed, as that of the daemon before, no thread can be started.
  if (workingDirectory() === null) process.chdir('/')
  const logger = createLogger({ level: logLevel })
  let daemon: Daemon | undefined
  let hungUp = false
  // First of all: without a handler the signals would end us.
  process.on('SIGHUP', () => {
    hungUp ||= daemon === undefined || daemon.replacement.underWay
    daemon?.requestReload('SIGHUP')
  })
  process.on('SIGUSR2', () => void daemon?.replacement.run('SIGUSR2').catch(() => {}))
  // Both processes load their code at the same time: half a second of a start.
  const compiler = forkCompiler()
  const { startDaemon } = await import('../daemon.ts')
  const predecessor = await meetPredecessor()
  const abort = new AbortController()
  const ending = nextEnding()
  void ending.then(() => abort.abort())
  const stateDirectory = defaultStateDirectory()
  let stateLock: number | null
  try {
    stateLock = predecessor ? predecessor.stateLock : await lockState(stateDirectory, logger)
    daemon = await startDaemon({
      configPath: config,
      cacheDirectory: defaultCacheDirectory(),
      stateDirectory,
      logger,
      compiler,
      inheritance: predecessor?.inheritance,
      startSuccessor:
        process.pid === 1 ? firstProcess : (left, signal) => startSuccessor({ ...left, stateLock }, signal),
      onProgress: (step, share) => logger.info({ event: 'compile.step', done: `${Math.round(share * 100)} %` }, step),
      signal: abort.signal,
    })
  } catch (error) {
    await predecessor?.refuse(error)
    if (!abort.signal.aborted) throw error
    logger.info({ event: 'daemon.stopped' })
    return
  }
  announce(daemon, logger)
  if (stateLock !== null) signLock(stateLock)
  // What it asked for came while the configuration was read, or before.
  if (hungUp) daemon.requestReload('SIGHUP')
  hungUp = false
  await tellServiceManager(logger, 'READY=1')
  await predecessor?.ready()
  const end = await Promise.race([ending, daemon.replacement.done])
  // From now on the service is the successor: this process only finishes what it has, and passes on what it is asked.
  if (typeof end === 'number') {
    process.on('SIGHUP', () => passOn(end))
    if (hungUp) passOn(end)
  }
  await tellServiceManager(logger, typeof end === 'number' ? `MAINPID=${end}` : 'STOPPING=1')
  logger.info({ event: 'daemon.stopping', ...(typeof end === 'number' ? { successor: end } : { signal: end }) })
  await daemon.stop()
  logger.info({ event: 'daemon.stopped' })
}

function passOn(successor: number): void {
  try {
    process.kill(successor, 'SIGHUP')
  } catch {
    // It has ended meanwhile, and with it what there was to read again for.
  }
}

function announce({ listening }: Daemon, logger: Logger): void {
  const dns = listening.map(({ address, port }) =>
    address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`,
  )
  logger.info({ event: 'daemon.ready', dns })
}

/**
 * Where overrides lie: what systemd gives a service, else the user's own.
 * @throws NC_USAGE for a user who has no home
 */
function defaultStateDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const ofService = environment.STATE_DIRECTORY?.split(':', 1)[0]
  if (ofService) return ofService
  const base = environment.XDG_STATE_HOME
  if (base?.startsWith('/')) return join(base, 'nearcast')
  const home = homeDirectory()
  if (home !== null) return join(home, '.local', 'state', 'nearcast')
  const message =
    'this user has no home directory, so nothing would outlive the process: set STATE_DIRECTORY to one that'
  throw new NearcastError(
    'NC_USAGE',
    `${message} overrides and verdicts may be kept in, and CACHE_DIRECTORY for the cache`,
  )
}
