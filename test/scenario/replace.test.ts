// Daemons replaced while they run: under load nothing is lost, what they know is handed on, and who cannot start changes nothing.
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { askServer, environmentOf, run, type Process } from '../support/daemon.ts'
import { query, read } from '../support/ask.ts'
import { freePort } from '../support/free-port.ts'
import { NotifySocket } from '../support/notify-socket.ts'
import { SteadyLoad } from '../support/steady-load.ts'
import { tiny, type Tiny, type TinyOptions } from '../support/tiny.ts'
import { talkTcp } from '../unit/server/tcp-talk.ts'

const fromHongKong = { name: 'play.live.example.net', subnet: '198.51.100.0/24' }

let site: Tiny
let options: TinyOptions & { port: number; adminPort: number }
let dns: { address: string; port: number }
let admin: string
let nearcast: Process

beforeEach(async () => {
  const [port, adminPort] = [await freePort(), await freePort()]
  options = { port, adminPort }
  dns = { address: '127.0.0.1', port }
  admin = `http://127.0.0.1:${adminPort}`
  site = tiny(options)
})

afterEach(async () => {
  nearcast.killGroup()
  await nearcast.ended
  site.remove()
})

/** By default without a process between: the one started is the daemon. */
async function start(more: NodeJS.ProcessEnv = {}, node = process.execPath): Promise<void> {
  const words = ['serve', '--config', site.configPath]
  nearcast = run(words, { ...environmentOf(site), ...more }, node, true)
  await nearcast.line('daemon.ready')
}

/** Resolves to the process id of the new daemon. */
async function replace(): Promise<number> {
  const response = await fetch(`${admin}/v1/replace`, { method: 'POST' })
  expect(response.status).toBe(200)
  return ((await response.json()) as { pid: number }).pid
}

async function nodeV4(name: string): Promise<{ verdict: string; since: string | null } | undefined> {
  const response = await fetch(`${admin}/v1/nodes`, { headers: { connection: 'close' } })
  const { nodes } = (await response.json()) as {
    nodes: { name: string; v4: { verdict: string; since: string | null } }[]
  }
  return nodes.find((node) => node.name === name)?.v4
}

describe('under load', () => {
  const replacements = Number(process.env.NEARCAST_REPLACEMENTS ?? 20)

  it(`${replacements} replacements in a row lose no query`, { timeout: 600_000 }, async ({ annotate }) => {
    await start()
    const load = new SteadyLoad(dns, fromHongKong.name, 2_000)
    let overTcp = 0
    const over = new AbortController()
    const asking = (async () => {
      while (!over.signal.aborted) {
        const talk = await talkTcp(dns)
        talk.send(query(fromHongKong))
        expect(read(await talk.receive()).data).toEqual(['192.0.2.11'])
        await talk.close()
        overTcp++
      }
    })()
    const pids = new Set<number>()
    for (let i = 0; i < replacements; i++) pids.add(await replace())
    over.abort()
    await asking
    const { sent, answered, lost, wrong, slowestMs } = await load.stop()
    await annotate(`${sent} queries over UDP, ${lost.length} lost, slowest ${slowestMs} ms; ${overTcp} over TCP`)
    expect({ answered, lost, wrong }).toEqual({ answered: sent, lost: [], wrong: 0 })
    expect(pids.size).toBe(replacements)
    expect(sent).toBeGreaterThan(replacements * 1_000)
    expect(overTcp).toBeGreaterThan(replacements)
  })
})

describe('a successor', () => {
  it('knows the verdicts and overrides of the one before, and goes on counting snapshots', async () => {
    const edge: Server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
    await once(edge, 'listening')
    onTestFinished(() => void edge.close())
    const probe = `type: tcp, port: ${(edge.address() as AddressInfo).port}, interval: 500ms, timeout: 500ms, confirm: 20ms`
    site.write({
      ...options,
      nodes: [
        'hkg-1: { site: hkg, role: edge, addresses: [127.0.0.1], probes: [tcp] }',
        'iad-1: { site: iad, role: edge, addresses: [192.0.2.21] }',
        'iad-2: { site: iad, role: edge, addresses: [192.0.2.22] }',
      ],
      probes: [`tcp: { ${probe}, fall: 2, rise: 2 }`],
    })
    await start()
    const body = JSON.stringify({ mode: 'down', reason: 'a test', expires: '5m' })
    const headers = { 'content-type': 'application/json', connection: 'close' }
    expect((await fetch(`${admin}/v1/overrides/iad-1`, { method: 'PUT', body, headers })).status).toBe(201)
    const before = { node: await nodeV4('hkg-1'), epoch: await epoch() }
    expect(before.node?.verdict).toBe('up')
    await replace()
    // Not found out anew: it is up since the same moment.
    expect(await nodeV4('hkg-1')).toMatchObject({ verdict: 'up', since: before.node?.since })
    expect((await askServer(dns, { ...fromHongKong, subnet: '203.0.113.0/24' })).data).toEqual(['192.0.2.22'])
    expect(await epoch()).toBeGreaterThan(before.epoch)
  })

  it('that cannot start says why, and the one before stays and can still be changed', async () => {
    await start()
    site.writeText('server: { listen: 5 }\n')
    const response = await fetch(`${admin}/v1/replace`, { method: 'POST', headers: { connection: 'close' } })
    expect(response.status).toBe(422)
    expect(await response.json()).toMatchObject({
      error: { code: 'NC_CONFIG', message: expect.stringMatching(/nearcast\.yaml:1:\d+: /) as unknown },
    })
    await nearcast.line('replacement.failed')
    expect((await askServer(dns, fromHongKong)).data).toEqual(['192.0.2.11'])
    site.write(options)
    await nearcast.line('reload.done')
    // The file may still be read once more, and only one of both goes on at a time.
    const again = async (): Promise<number> => (await fetch(`${admin}/v1/replace`, { method: 'POST' })).status
    await expect.poll(again).toBe(200)
    expect((await askServer(dns, fromHongKong)).data).toEqual(['192.0.2.11'])
  })

  it('takes what no reload can: other addresses, and leaves those that are not wanted any more', async () => {
    await start()
    const port = await freePort()
    const adminPort = await freePort()
    site.write({ ...options, port, adminPort })
    await nearcast.line('reload.refused')
    await replace()
    admin = `http://127.0.0.1:${adminPort}`
    expect((await askServer({ ...dns, port }, fromHongKong)).data).toEqual(['192.0.2.11'])
    await nearcast.line('daemon.stopped')
    await expect(talkTcp(dns)).rejects.toThrow('ECONNREFUSED')
    await expect(fetch(`http://127.0.0.1:${options.adminPort}/healthz`)).rejects.toThrow()
    expect((await fetch(`${admin}/healthz`)).status).toBe(200)
  })

  it('is asked for by command and by signal; a second daemon by mistake is refused before and after', async () => {
    await start()
    const second = async (stateDirectory: string): Promise<unknown> => {
      const more = { ...environmentOf(site), STATE_DIRECTORY: stateDirectory }
      const { code, errors } = await run(['serve', '--config', site.configPath], more).ended
      return [code, errors.split(/\. |, and/)[0]]
    }
    const expectRefused = async (of: unknown): Promise<void> => {
      const inUse = `nearcast: the state directory ${site.directory} is in use by another daemon, process ${String(of)}`
      expect(await second(site.directory)).toEqual([75, inUse])
      const elsewhere = await second(join(site.directory, 'state of a second'))
      expect(elsewhere).toEqual([69, `nearcast: 127.0.0.1 port ${dns.port} (TCP) is already in use`])
    }
    await expectRefused(nearcast.pid)
    const command = run(['replace', '--config', site.configPath], environmentOf(site))
    expect(await command.ended).toMatchObject({ code: 0, errors: '' })
    const pid = Number(/^Replaced: process (\d+) answers now\.$/.exec(command.lines[0].msg ?? '')?.[1])
    expect(await nearcast.line('replacement.done')).toMatchObject({ successor: pid })
    process.kill(pid, 'SIGUSR2')
    await nearcast.line('replacement.started', { reason: 'SIGUSR2' })
    const { successor } = await nearcast.line('replacement.done')
    await expectRefused(successor)
    expect((await askServer(dns, fromHongKong)).data).toEqual(['192.0.2.11'])
    // All of them end in good order, the last one by its signal.
    process.kill(Number(successor), 'SIGTERM')
    expect((await nearcast.ended).errors).toBe('')
    expect(nearcast.lines.filter(({ event }) => event === 'daemon.stopped').length).toBe(3)
    expect(await run(['replace', '--config', site.configPath], environmentOf(site)).ended).toMatchObject({
      code: 69,
      errors: expect.stringContaining(`No daemon listens at 127.0.0.1:${options.adminPort}`) as unknown,
    })
  })

  it('reads again what the one before was told to meanwhile', async () => {
    await start()
    const replaced = replace()
    await nearcast.line('replacement.started')
    nearcast.kill('SIGHUP')
    await replaced
    await nearcast.line('reload.started', { reason: 'SIGHUP' })
    await nearcast.line('reload.done')
  })

  it('cannot start while a reload runs, and the log says so', async () => {
    await start()
    nearcast.kill('SIGHUP')
    await nearcast.line('reload.started')
    nearcast.kill('SIGUSR2')
    await nearcast.line('replacement.failed', { reason: 'SIGUSR2' })
    await nearcast.line('reload.done')
  })

  it('is asked for with the secret that a reload has just taken up, and before that told to reload', async () => {
    const secretFile = join(site.directory, 'ops.token')
    const tokens = `tokens: [{ name: ops, role: operator, secretFile: ops.token }]`
    const listen = `listen: 127.0.0.1:${options.adminPort}`
    site.writeText(readFileSync(site.configPath, 'utf8').replace(listen, `${listen}, ${tokens}`))
    writeFileSync(secretFile, 'the-old-secret-of-ops')
    await start()
    const question = ['--client', '198.51.100.7', '--name', fromHongKong.name]
    const ask = async (command: string, ...more: string[]): Promise<unknown> => {
      const { code, errors } = await run([command, ...more, '--config', site.configPath], environmentOf(site)).ended
      return [code, /^nearcast: The daemon does not take the secret in (\S+)\. /.exec(errors)?.[1] ?? errors]
    }
    writeFileSync(secretFile, 'the-new-secret-of-ops')
    expect(await ask('explain', ...question)).toEqual([77, secretFile])
    expect(await ask('replace')).toEqual([77, secretFile])
    nearcast.kill('SIGHUP')
    await nearcast.line('reload.done')
    expect(await ask('explain', ...question)).toEqual([0, ''])
    expect(await ask('replace')).toEqual([0, ''])
    expect(await ask('explain', ...question)).toEqual([0, ''])
  })

  it('outlives the one before when that is killed meanwhile', async () => {
    await start()
    const before = nearcast.lines.length
    nearcast.kill('SIGUSR2')
    await expect.poll(() => nearcast.lines.slice(before).map(({ event }) => event)).toContain('compile.step')
    nearcast.kill('SIGKILL')
    await nearcast.line('daemon.ready')
    expect((await askServer(dns, fromHongKong)).data).toEqual(['192.0.2.11'])
    await replace()
    expect((await askServer(dns, fromHongKong)).data).toEqual(['192.0.2.11'])
  })

  it('is not waited for when the daemon is told to end', async () => {
    // By the Node in PATH, perhaps an old one, which passes signals on.
    await start({}, 'node')
    nearcast.kill('SIGUSR2')
    await nearcast.line('replacement.started')
    nearcast.kill('SIGTERM')
    // Both have let go of the output, so both have ended.
    expect(await nearcast.ended).toMatchObject({ code: 0 })
    await expect(talkTcp(dns)).rejects.toThrow('ECONNREFUSED')
  })
})

describe('systemd', () => {
  it.each(['file', 'abstract'])(
    'is told when the service is ready, who it is, and when it ends: %s socket',
    async (kind) => {
      const path = kind === 'file' ? join(site.directory, 'notify') : `@nearcast-test-${process.pid}`
      const systemd = new NotifySocket(path)
      onTestFinished(() => systemd.close())
      await start({ NOTIFY_SOCKET: systemd.path })
      await expect.poll(() => systemd.heard()).toEqual(['READY=1'])
      const pid = await replace()
      await nearcast.line('daemon.stopped')
      expect(systemd.heard()).toEqual(['READY=1', 'READY=1', `MAINPID=${pid}`])
      process.kill(pid, 'SIGTERM')
      await nearcast.line('daemon.stopped')
      expect(systemd.heard().at(-1)).toBe('STOPPING=1')
    },
  )
})

async function epoch(): Promise<number> {
  const response = await fetch(`${admin}/v1/snapshot`, { headers: { connection: 'close' } })
  return ((await response.json()) as { epoch: number }).epoch
}
