// One door's thread seen from main: started, told of snapshots, started again when it dies, stopped. Knows no sockets.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { NearcastError } from '../errors.ts'
import type { Logger } from '../telemetry/logger.ts'
import { beatMs, Control, createControl, type FromThread, type ThreadData, type ToThread } from './messages.ts'
import type { Endpoint } from './model.ts'
import type { Published } from './tables.ts'

const firstRestartMs = 50
const slowestRestartMs = 5_000
/** Longer than any door takes to drain; a thread that hangs is ended. */
const stopMs = 4_000
/** A thread that misses so many beats hangs: it is ended, and started again. */
const missedBeats = 10

export class DoorThread {
  readonly #script: URL
  readonly #log: Logger
  #data: ThreadData
  #worker: Worker | null = null
  #published: Published | null = null
  #waiting: { epoch: number; resolve: () => void }[] = []
  #restartMs = firstRestartMs
  #restart: NodeJS.Timeout | undefined
  #watch: NodeJS.Timeout | undefined
  readonly #hear: (message: FromThread) => void
  #stopping = false

  /**
   * @param script what the thread runs: `door-thread`, or its stand-in in a test
   * @param data its control words are made here unless others have to know them
   * @param hear told of the messages that are not about the thread itself
   */
  constructor(
    script: URL,
    data: Omit<ThreadData, 'control'> & Partial<ThreadData>,
    log: Logger,
    hear: (message: FromThread) => void = () => {},
  ) {
    this.#script = script
    this.#data = { control: createControl(), ...data }
    this.#log = log
    this.#hear = hear
  }

  /** Resolves to what the door bound; throws a NearcastError that names the address when it could not. */
  async start(): Promise<readonly Endpoint[]> {
    const bound = await this.#spawn()
    // Started again it has to take the same ports, also where any free one would do at first.
    this.#data = { ...this.#data, listen: bound }
    return bound
  }

  /** Resolves when the thread reads no earlier snapshot: it answers from this one, or will when it is started again. */
  publish(published: Published): Promise<void> {
    this.#published = published
    if (this.#worker === null) return Promise.resolve()
    this.tell({ type: 'snapshot', published })
    return new Promise((resolve) => this.#waiting.push({ epoch: published.epoch, resolve }))
  }

  async stop(): Promise<void> {
    this.#stopping = true
    clearTimeout(this.#restart)
    const worker = this.#worker
    if (worker) {
      const exited = once(worker, 'exit')
      this.tell({ type: 'stop' })
      const hurry = setTimeout(() => void worker.terminate(), stopMs)
      await exited
      clearTimeout(hurry)
    }
  }

  #spawn(): Promise<readonly Endpoint[]> {
    const { kind } = this.#data
    const worker = new Worker(this.#script, { workerData: this.#data, name: kind })
    const startedAtMs = performance.now()
    this.#worker = worker
    let bound = false
    return new Promise((resolve, reject) => {
      worker.on('message', (message: FromThread) => {
        if (message.type === 'swapped') this.#acknowledge(message.epoch)
        else if (message.type === 'refused') reject(new NearcastError(message.code, message.message))
        else if (message.type === 'bound') {
          bound = true
          this.#watchBeats(worker)
          if (this.#published) this.tell({ type: 'snapshot', published: this.#published })
          resolve(message.endpoints)
        } else this.#hear(message)
      })
      worker.on('error', (err) => this.#log.error({ event: 'thread.failed', thread: kind, err }))
      worker.on('exit', (code) => {
        this.#worker = null
        clearInterval(this.#watch)
        this.#acknowledge(Infinity)
        reject(new NearcastError('NC_INTERNAL', `The ${kind} thread ended with code ${code} before it had bound.`))
        if (performance.now() - startedAtMs > slowestRestartMs) this.#restartMs = firstRestartMs
        if (bound && !this.#stopping) this.#restartSoon()
      })
    })
  }

  /** A thread that is busy beats between batches; only one that answers nobody is silent. */
  #watchBeats(worker: Worker): void {
    const { kind, control } = this.#data
    let seen = control[Control.beats]
    let missed = 0
    this.#watch = setInterval(() => {
      missed = control[Control.beats] === seen ? missed + 1 : 0
      seen = control[Control.beats]
      if (missed < missedBeats) return
      clearInterval(this.#watch)
      this.#log.error({ event: 'thread.hangs', thread: kind, silentMs: missed * beatMs }, 'it is ended')
      void worker.terminate()
    }, beatMs)
  }

  #restartSoon(): void {
    const { kind } = this.#data
    this.#log.error({ event: 'thread.ended', thread: kind, restartMs: this.#restartMs }, 'it is started again')
    this.#restart = setTimeout(() => {
      this.#spawn().catch((err: unknown) => {
        this.#log.error({ event: 'thread.not_restarted', thread: kind, err })
        if (!this.#stopping) this.#restartSoon()
      })
    }, this.#restartMs)
    this.#restartMs = Math.min(this.#restartMs * 2, slowestRestartMs)
  }

  /** A message to the thread; lost when it is not running. */
  tell(message: ToThread): void {
    this.#worker?.postMessage(message)
    Atomics.add(this.#data.control, Control.messages, 1)
    Atomics.notify(this.#data.control, Control.messages)
  }

  #acknowledge(epoch: number): void {
    for (const { resolve } of this.#waiting.filter((one) => one.epoch <= epoch)) resolve()
    this.#waiting = this.#waiting.filter((one) => one.epoch > epoch)
  }
}
