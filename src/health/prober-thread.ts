// Keeps the prober's thread alive: starts it, restarts it when it dies, tells it again what it must know. Reads no message.
import { Worker } from 'node:worker_threads'
import type { Logger } from '../telemetry/logger.ts'
import type { Confirm, FromProber, ProbedNode, ToProber } from './messages.ts'

const restartAfterMs = 1_000

/** Whoever probes on the monitor's behalf. */
export interface Prober {
  /** The whole list, each time. */
  setNodes(nodes: readonly ProbedNode[]): void
  confirm(confirms: readonly Confirm[]): void
  /** A node spoke for itself, at a time of the monotonic clock. */
  heard(node: string, atMs: number): void
  stop(): Promise<void>
}

/** The prober in a worker thread of this process. */
export class ProberThread implements Prober {
  readonly #hear: (message: FromProber) => void
  readonly #log: Logger
  readonly #entry: URL
  #nodes: readonly ProbedNode[] = []
  #worker: Worker
  #restart: NodeJS.Timeout | undefined
  #stopped = false

  /**
   * @param hear gets every message
   * @param entry the module the thread runs
   */
  constructor(hear: (message: FromProber) => void, log: Logger, entry = proberEntry()) {
    this.#hear = hear
    this.#log = log
    this.#entry = entry
    this.#worker = this.#start()
  }

  setNodes(nodes: readonly ProbedNode[]): void {
    this.#nodes = nodes
    this.#post({ kind: 'nodes', nodes })
  }

  /** Tries asked for while the thread is dead are lost: the schedule's next ones do as well, only later. */
  confirm(confirms: readonly Confirm[]): void {
    this.#post({ kind: 'confirm', confirms })
  }

  heard(node: string, atMs: number): void {
    this.#post({ kind: 'heard', node, atMs })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#restart)
    await this.#worker.terminate()
  }

  #start(): Worker {
    const worker = new Worker(this.#entry, { name: 'prober' })
    worker.on('message', (message: FromProber) => this.#hear(message))
    worker.on('error', (err) => this.#log.error({ event: 'prober.failed', err }, 'the prober threw'))
    worker.on('exit', (code) => {
      if (this.#stopped) return
      this.#log.error({ event: 'prober.died', code }, `the prober died; verdicts stand until it is back`)
      this.#restart = setTimeout(() => {
        this.#worker = this.#start()
        this.setNodes(this.#nodes)
      }, restartAfterMs)
    })
    return worker
  }

  #post(message: ToProber): void {
    this.#worker.postMessage(message)
  }
}

/** Source runs from .ts, a build from .js: the neighbour ends as this file does. */
function proberEntry(): URL {
  const entry = new URL('./prober.ts', import.meta.url)
  if (import.meta.url.endsWith('.js')) entry.pathname = entry.pathname.replace(/\.ts$/, '.js')
  return entry
}
