// The demo as a person meets it: its screen, its dig lines, an edge that stops and comes back, the README's examples, its end.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { nearcast, repository, run } from '../support/command.ts'
import { examplesOf, isPrinted } from '../support/examples.ts'
import { copyShipped, type Shipped } from '../support/shipped.ts'

let shipped: Shipped
let demo: ChildProcess
let screen = ''
/** The databases are compiled first, which takes a minute or more on a machine that is busy. */
const deadlineMs = 180_000

beforeAll(async () => {
  shipped = await copyShipped()
  demo = await start()
}, deadlineMs)

afterAll(async () => {
  demo.kill('SIGKILL')
  await shipped.remove()
})

/** As `npm start` does, on the Node that the system has; resolves when the screen is there. */
async function start(): Promise<ChildProcess> {
  const child = spawn('node', ['bin/nearcast', 'demo', '--config', 'config/nearcast.yaml'], {
    cwd: shipped.directory,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  screen = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (screen += text))
  await vi.waitFor(() => expect(screen).toContain('Ctrl-C ends everything'), { timeout: deadlineMs })
  return child
}

/** pid by edge, as the screen has them now. */
function pids(): Map<string, number> {
  const rows = screen.matchAll(/^ {2}([a-z]+-[a-z0-9]+) +(?:127\.|::1).* (\d+)$/gm)
  return new Map([...rows].map(([, name, pid]) => [name, Number(pid)]))
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** The addresses a dig line gets. */
async function dig(line: string): Promise<string[]> {
  const { stdout } = await run('sh', ['-c', `${line} +short`])
  return stdout.trim().split('\n')
}

const digLines = (): string[] => [...screen.matchAll(/^ {2}(dig @[^#]*\S) +# /gm)].map(([, line]) => line)

// First, while nothing has fallen: for a steady TTL after a fall the answers carry the changing one.
describe('the README', () => {
  it('shows what its commands print', async () => {
    const examples = examplesOf(await readFile(join(repository, 'README.md'), 'utf8'))
    expect(examples.length).toBeGreaterThan(0)
    for (const example of examples) {
      const { stdout, stderr } = await run('bash', ['-c', shipped.moved(example.command)], { cwd: shipped.directory })
      const printed = shipped.back(stdout + stderr)
      if (!isPrinted(example, printed)) {
        expect(`$ ${example.command}\n${printed}`, `README.md:${example.line}`).toBe(
          `$ ${example.command}\n${example.printed}`,
        )
      }
    }
  })
})

describe('the demo', () => {
  it('shows a process of its own for each of a dozen edges and for the origins', () => {
    const names = [...pids().keys()]
    expect(names.filter((name) => !name.startsWith('origin')).length).toBe(12)
    expect(new Set(pids().values()).size).toBe(names.length)
    expect([...pids().values()].every(isAlive)).toBe(true)
  })

  it('has six lines to paste, each answered with the nodes it shows', async () => {
    const lines = [...screen.matchAll(/^ {2}(dig @[^#]*\S) +# .*: (.*)$/gm)]
    expect(lines.length).toBe(6)
    for (const [, line, shown] of lines) {
      const addresses = await dig(line)
      expect(shown.split(', ').map((name) => addressOf(name))).toEqual(addresses)
    }
  })

  it('answers Asia from Asia, Europe from Europe and America from America', () => {
    const nodes = [...screen.matchAll(/^ {2}dig @.*: (.*)$/gm)].map(([, names]) => names)
    const sites = nodes.map((names) => [...new Set(names.split(', ').map((name) => name.slice(0, 3)))].join())
    // Hong Kong, Singapore, Germany, California, Virginia over IPv6, and Singtel, which a rule steers to Hong Kong.
    expect(sites).toEqual(['hkg', 'sin', 'fra', 'sjc', 'iad', 'hkg'])
  })

  it('takes an edge that hangs out of the answers, and takes it back', async () => {
    const [line] = digLines()
    const [, pid] = /kill -STOP (\d+)/.exec(screen) ?? []
    const name = [...pids()].find(([, of]) => of === Number(pid))?.[0] ?? ''
    const address = addressOf(name)
    expect(await dig(line)).toContain(address)
    process.kill(Number(pid), 'SIGSTOP')
    await vi.waitFor(async () => expect(await dig(line)).not.toContain(address), { timeout: deadlineMs, interval: 100 })
    process.kill(Number(pid), 'SIGCONT')
    await vi.waitFor(async () => expect(await dig(line)).toContain(address), { timeout: deadlineMs, interval: 100 })
    await vi.waitFor(() => expect(screen).toContain(`${name} is back in the answers`))
    expect(screen).toMatch(new RegExp(`${name} is out of the answers: \\w+`))
  })

  it('explains an answer with the health that its probes found', async () => {
    const question = ['explain', '--client', '219.76.4.4', '--name', 'show1.play.live.example.net']
    const { stdout } = await nearcast(question, shipped.directory)
    expect(stdout).toMatch(/^ *1 +hkg-1 .* up +answered/m)
    expect(stdout).not.toContain('health is unknown')
  })

  it('refuses a second one on the same addresses, and the first goes on', async () => {
    const { status, stderr } = await nearcast(['demo', '--config', 'config/nearcast.yaml'], shipped.directory)
    expect(status).toBe(69)
    expect(stderr).toMatch(/hkg-1: .*EADDRINUSE/)
    expect(stderr).toContain('Is another demo running?')
    expect([...pids().values()].every(isAlive)).toBe(true)
  })
})

describe('the end of the demo', () => {
  it('leaves no process behind, not even one that is stopped', async () => {
    const all = [...pids().values()]
    process.kill(all[0], 'SIGSTOP')
    const ended = once(demo, 'exit')
    demo.kill('SIGINT')
    expect(await ended).toEqual([0, null])
    expect(all.filter(isAlive)).toEqual([])
  })

  it('comes too when whoever started it is killed', async () => {
    demo = await start()
    const all = [...pids().values()]
    demo.kill('SIGKILL')
    await vi.waitFor(() => expect(all.filter(isAlive)).toEqual([]), { timeout: deadlineMs, interval: 100 })
    const question = [...digLines()[0].split(' '), '+tries=1', '+timeout=1']
    await vi.waitFor(async () => expect(await run(question[0], question.slice(1))).toMatchObject({ status: 9 }), {
      timeout: deadlineMs,
    })
  })
})

function addressOf(name: string): string | undefined {
  return new RegExp(`^  ${name} +(127\\.[\\d.]+)`, 'm').exec(screen)?.[1]
}
