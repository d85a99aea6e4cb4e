// One scenario's Nearcast: its configuration on disk, its stand-in edges, its daemon as a process. Knows no expectations.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parse, stringify } from 'yaml'
import { createKey } from '../../src/zone/key-directory.ts'
import { noTimes } from '../../src/zone/signing/key-times.ts'
import { run, type Line, type Process } from '../support/daemon.ts'
import { freePort } from '../support/free-port.ts'
import { readMetrics, type Metrics } from '../support/metrics-text.ts'
import { combined } from '../support/signed-world.ts'
import { StandInEdge } from '../support/stand-in-edges.ts'
import { name } from '../support/world.ts'
import type { Scenario } from './language.ts'
import { readBase } from './scenario-file.ts'

const repository = fileURLToPath(new URL('../../', import.meta.url))

/** Long enough for a first round of probes on a machine that is busy with other things. */
const readyWithinMs = 90_000

type Json = Readonly<Record<string, unknown>>
interface NodeRow {
  readonly addresses: readonly string[]
}

export class Site {
  readonly port: number
  readonly #adminPort: number
  readonly #edgePort: number
  readonly #directory = mkdtempSync(join(tmpdir(), 'nearcast-scenario-'))
  readonly #stateDirectory = join(this.#directory, 'state')
  readonly #edges = new Map<string, StandInEdge>()
  #config: Json
  #process: Process | null = null

  private constructor(base: Scenario['base'], patch: Json, port: number, adminPort: number, edgePort: number) {
    this.port = port
    this.#adminPort = adminPort
    this.#edgePort = edgePort
    this.#config = merge(parse(this.#filled(readBase(base))) as Json, patch)
  }

  /** Starts edges and daemon; resolves when it is ready. */
  static async start({ base, config = {}, files = {}, key, freshState }: Scenario): Promise<Site> {
    const site = new Site(base, config, await freePort(), await freePort(), await freePort())
    try {
      if (!freshState) mkdirSync(site.#stateDirectory)
      for (const [name, text] of Object.entries(files)) site.#write(name, text)
      if (key !== undefined) site.#makeKey(key)
      site.#writeConfig()
      await site.#startEdges()
      await site.#startDaemon()
      return site
    } catch (error) {
      await site.stop()
      throw error
    }
  }

  /** The main file of its configuration. */
  get configPath(): string {
    return join(this.#directory, 'nearcast.yaml')
  }

  /** Names of nodes by their addresses. */
  get nodeOf(): ReadonlyMap<string, string> {
    const nodes = Object.entries((this.#config.nodes ?? {}) as Readonly<Record<string, NodeRow>>)
    return new Map(nodes.flatMap(([name, { addresses }]) => (addresses ?? []).map((address) => [address, name])))
  }

  /** The log so far. */
  get lines(): readonly Line[] {
    return this.#process?.lines ?? []
  }

  /** The stand-ins of a node, or of its IPv6 address alone, or at an address: `hkg-1`, `hkg-1 v6`, `127.30.1.2`. */
  edges(name: string): StandInEdge[] {
    const at = this.#edges.get(name)
    if (at !== undefined) return [at]
    const [node, family] = name.split(' ')
    const found = [...this.nodeOf].flatMap(([address, owner]) => {
      const wanted = owner === node && (family === undefined || address.includes(':') === (family === 'v6'))
      return wanted ? (this.#edges.get(address) ?? []) : []
    })
    if (found.length === 0) throw new Error(`no stand-in edge stands for ${name}`)
    return found
  }

  /** Merges into the configuration and writes it, with other files beside it; null removes a file. */
  change(patch: Json | undefined, files: Readonly<Record<string, string | null>> = {}): void {
    for (const [name, text] of Object.entries(files)) {
      if (text === null) rmSync(join(this.#directory, name))
      else this.#write(name, text)
    }
    if (patch === undefined) return
    this.#config = merge(this.#config, patch)
    this.#writeConfig()
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal)
  }

  async restart(): Promise<void> {
    await this.#stopDaemon()
    await this.#startDaemon()
  }

  async metrics(): Promise<Metrics> {
    const { body } = await this.call('GET', '/metrics')
    return readMetrics(body)
  }

  /** A call of the admin API. */
  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{ status: number; body: string }> {
    const response = await fetch(`http://127.0.0.1:${this.#adminPort}${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
    })
    return { status: response.status, body: await response.text() }
  }

  async stop(): Promise<void> {
    try {
      await this.#stopDaemon()
    } finally {
      await Promise.all([...this.#edges.values()].map((edge) => edge.stop()))
      rmSync(this.#directory, { recursive: true, force: true })
    }
  }

  #makeKey(algorithm: NonNullable<Scenario['key']>): void {
    const directory = join(this.#directory, 'keys')
    mkdirSync(directory)
    const times = { ...noTimes, publish: 0, activate: 0, syncPublish: 0 }
    createKey(directory, name('live.example.net'), algorithm, combined, times, new Set())
  }

  async #startEdges(): Promise<void> {
    for (const address of this.nodeOf.keys()) {
      if (address.startsWith('127.30.') || address === '::1')
        this.#edges.set(address, new StandInEdge(address, this.#edgePort))
    }
    await Promise.all([...this.#edges.values()].map((edge) => edge.start()))
  }

  async #startDaemon(): Promise<void> {
    const environment = { STATE_DIRECTORY: this.#stateDirectory }
    this.#process = run(['serve', '--config', this.configPath], environment, process.execPath)
    await this.#process.line('daemon.ready')
    // Answering does not wait long for slow probes; scenarios do.
    const deadline = performance.now() + readyWithinMs
    while ((await this.call('GET', '/readyz')).status !== 200) {
      if (performance.now() > deadline) throw new Error(`/readyz does not say ready within ${readyWithinMs} ms`)
      await sleep(20)
    }
  }

  async #stopDaemon(): Promise<void> {
    const running = this.#process
    if (running === null) return
    this.#process = null
    const hurry = setTimeout(() => running.kill('SIGKILL'), 60_000)
    running.kill('SIGTERM')
    const { code, errors } = await running.ended
    clearTimeout(hurry)
    if (code !== 0) throw new Error(`the daemon ended with code ${code}: ${errors}`)
  }

  #writeConfig(): void {
    this.#write('nearcast.yaml', stringify(this.#config))
  }

  #write(name: string, text: string): void {
    const path = join(this.#directory, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, this.#filled(text))
  }

  #filled(text: string): string {
    return text
      .replaceAll('$DNS', String(this.port))
      .replaceAll('$ADMIN', String(this.#adminPort))
      .replaceAll('$EDGES', String(this.#edgePort))
      .replaceAll('$REPOSITORY/', repository)
  }
}

/** Maps by key, everything else whole; null takes a key away (RFC 7396). */
function merge(base: Json, patch: Json): Json {
  const merged: Record<string, unknown> = { ...base }
  for (const [key, value] of Object.entries(patch)) {
    const under = merged[key]
    if (value === null) delete merged[key]
    else merged[key] = isMap(value) ? merge(isMap(under) ? under : {}, value) : value
  }
  return merged
}

function isMap(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
