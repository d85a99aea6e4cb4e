// A daemon as a process: starts, answers, reloads, refuses, is steered by hand, and ends, with the exit codes operators rely on.
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { askServer, environmentOf, run, serve, type Process } from '../support/daemon.ts'
import { tiny, type Tiny } from '../support/tiny.ts'

const fromHongKong = { name: 'play.live.example.net', subnet: '198.51.100.0/24' }

/** An edge of Hong Kong that a probe finds, and one of Virginia that none looks for. */
function nodesWithProbe(probed: string): { nodes: string[]; probes: string[] } {
  const port = Number(probed.split(':')[1])
  return {
    nodes: [
      `hkg-1: { site: hkg, role: edge, addresses: [127.0.0.1], probes: [tcp] }`,
      'iad-1: { site: iad, role: edge, addresses: [192.0.2.21] }',
    ],
    probes: [`tcp: { type: tcp, port: ${port}, interval: 500ms, timeout: 500ms, confirm: 20ms, fall: 2, rise: 2 }`],
  }
}

describe('a daemon', () => {
  let site: Tiny
  let nearcast: Process
  let dns: { address: string; port: number }
  let admin: string
  let edge: Server
  let options: Parameters<Tiny['write']>[0]

  beforeAll(async () => {
    edge = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
    await once(edge, 'listening')
    const [port, adminPort] = [await freePort(), await freePort()]
    dns = { address: '127.0.0.1', port }
    admin = `http://127.0.0.1:${adminPort}`
    options = { port, adminPort, ...nodesWithProbe(`127.0.0.1:${(edge.address() as AddressInfo).port}`) }
    site = tiny(options)
    nearcast = await serve(site)
  })
  afterAll(async () => {
    nearcast.kill('SIGKILL')
    edge.close()
    await nearcast.ended
    site.remove()
  })

  async function answered(subnet = fromHongKong.subnet): Promise<string[]> {
    return (await askServer(dns, { ...fromHongKong, subnet })).data
  }

  /** Codes of the extended errors that an answer has. */
  async function extendedErrors(): Promise<number[]> {
    const { opt } = await askServer(dns, fromHongKong)
    const found = opt?.options.filter(({ code }) => Number(code) === 15) as unknown as { data: Buffer }[]
    return found.map(({ data }) => data.readUInt16BE(0))
  }

  async function metric(name: string): Promise<number> {
    const text = await (await fetch(`${admin}/metrics`)).text()
    return Number(new RegExp(`^${name.replaceAll(/[{}]/g, '\\$&')} (.*)$`, 'm').exec(text)?.[1])
  }

  it('answers by place, over both families of transport, and is ready', async () => {
    expect(await answered()).toEqual(['127.0.0.1'])
    expect(await answered('203.0.113.0/24')).toEqual(['192.0.2.21'])
    expect((await askServer({ ...dns, address: '::1' }, fromHongKong)).data).toEqual(['127.0.0.1'])
    expect(await (await fetch(`${admin}/readyz`)).json()).toEqual({ ready: true, missing: [] })
  })

  it('explains an answer', async () => {
    const response = await fetch(`${admin}/v1/explain?client=198.51.100.7&name=${fromHongKong.name}`)
    expect(await response.json()).toMatchObject({
      answer: ['hkg-1'],
      cell: { description: 'Hong Kong, carrier hkt' },
      candidates: [{ node: 'hkg-1', health: 'up' }, { node: 'iad-1' }],
    })
  })

  it('counts what it answered', async () => {
    const before = await metric('nearcast_queries_total{transport="udp"}')
    await answered()
    expect(await metric('nearcast_queries_total{transport="udp"}')).toBe(before + 1)
    expect(await metric('nearcast_node_answers_total{node="hkg-1"}')).toBeGreaterThan(0)
  })

  it('leaves out a node that fails, and takes it back', async () => {
    const { port } = edge.address() as AddressInfo
    edge.close()
    await expect.poll(() => answered(), { timeout: 10_000, interval: 20 }).toEqual(['192.0.2.21'])
    edge = createServer((socket) => socket.destroy()).listen(port, '127.0.0.1')
    await expect.poll(() => answered(), { timeout: 10_000, interval: 20 }).toEqual(['127.0.0.1'])
  })

  function orderDown(): Promise<Response> {
    const body = JSON.stringify({ mode: 'down', reason: 'a test', expires: '5m' })
    return fetch(`${admin}/v1/overrides/hkg-1`, {
      method: 'PUT',
      body,
      headers: { 'content-type': 'application/json' },
    })
  }

  function clearOrder(): Promise<Response> {
    return fetch(`${admin}/v1/overrides/hkg-1`, { method: 'DELETE' })
  }

  it('obeys an override at once, and forgets it when it is cleared', async () => {
    expect((await orderDown()).status).toBe(201)
    expect(await answered()).toEqual(['192.0.2.21'])
    expect((await clearOrder()).status).toBe(200)
    expect(await answered()).toEqual(['127.0.0.1'])
  })

  it('takes up a changed file by itself', async () => {
    site.write({ ...options, steering: ['- { clients: { region: apac }, nodes: { site: hkg }, weight: 0 }'] })
    await nearcast.line('reload.started', { reason: 'a file changed' })
    await nearcast.line('reload.done')
    expect(await answered()).toEqual(['192.0.2.21'])
  })

  it('refuses a broken file with every problem, and runs on as it was', async () => {
    const succeeded = await metric('nearcast_reloads_total{result="succeeded"}')
    site.writeText(
      readFileSync(site.configPath, 'utf8').replace('tier: 2', 'tier: 9').replace('site: iad,', 'site: aid,'),
    )
    const { err } = await nearcast.line('reload.refused')
    expect((err as Error).message).toMatch(/nearcast\.yaml:\d+:\d+: .*\n.*nearcast\.yaml:\d+:\d+: /)
    expect(await answered()).toEqual(['192.0.2.21'])
    expect(await extendedErrors()).toEqual([3])
    expect(await metric('nearcast_reload_last_successful')).toBe(0)
    expect(await metric('nearcast_reloads_total{result="refused"}')).toBe(1)
    expect(await metric('nearcast_reloads_total{result="succeeded"}')).toBe(succeeded)
  })

  it('takes up the mended file', async () => {
    site.write(options)
    await nearcast.line('reload.done')
    expect(await metric('nearcast_reload_last_successful')).toBe(1)
    expect(await answered()).toEqual(['127.0.0.1'])
    expect(await extendedErrors()).toEqual([])
  })

  it('reloads when asked over the API, under a higher number', async () => {
    const before = await metric('nearcast_snapshot_epoch')
    const response = await fetch(`${admin}/v1/reload`, { method: 'POST' })
    expect(response.status).toBe(200)
    const { epoch } = (await response.json()) as { epoch: number }
    expect(epoch).toBeGreaterThan(before)
    expect(await metric('nearcast_snapshot_epoch')).toBe(epoch)
    await nearcast.line('reload.done')
  })

  it('reloads at SIGHUP', async () => {
    nearcast.kill('SIGHUP')
    await nearcast.line('reload.started', { reason: 'SIGHUP' })
    await nearcast.line('reload.done')
  })

  it('refuses another listen address, and says what to do', async () => {
    site.write({ ...options, port: options.port === 5301 ? 5302 : 5301 })
    const { err } = await nearcast.line('reload.refused')
    expect((err as Error).message).toMatch(/^server\.listen changed, .* restart Nearcast/)
    expect(await answered()).toEqual(['127.0.0.1'])
    site.write(options)
    await nearcast.line('reload.done')
  })

  it('refuses to start a second time on the same addresses', async () => {
    const { code, errors } = await run(['serve', '--config', site.configPath], {
      CACHE_DIRECTORY: site.cacheDirectory,
      STATE_DIRECTORY: join(site.directory, 'state of a second'),
    }).ended
    expect(errors).toMatch(new RegExp(`^nearcast: 127\\.0\\.0\\.1 port ${dns.port} \\(TCP\\) is already in use\\.`))
    expect(code).toBe(69)
    expect(await answered()).toEqual(['127.0.0.1'])
  })

  it('ends in good order at SIGTERM', async () => {
    expect((await orderDown()).status).toBe(201)
    nearcast.kill('SIGTERM')
    expect(await nearcast.ended).toEqual({ code: 0, signal: null, errors: '' })
    expect(nearcast.lines.at(-1)?.event).toBe('daemon.stopped')
  })

  it('starts again from what it kept', async () => {
    const again = await serve(site)
    onTestFinished(async () => {
      again.kill('SIGKILL')
      await again.ended
    })
    expect(again.lines.find(({ event }) => event === 'compile.done')).toMatchObject({ geographyCached: true })
    expect(await answered()).toEqual(['192.0.2.21'])
    expect((await clearOrder()).status).toBe(200)
    expect(await answered()).toEqual(['127.0.0.1'])
    // One Ctrl-C as it comes from a terminal and from a parent that passes it on.
    again.kill('SIGINT')
    again.kill('SIGINT')
    expect(await again.ended).toMatchObject({ code: 0, signal: null })
  })
})

describe('nearcast', () => {
  it('refuses a broken configuration with every problem and exit code 2', async () => {
    const site = tiny()
    onTestFinished(() => site.remove())
    writeFileSync(site.configPath, 'server: { listen: 5 }\nzones: {}\n')
    const { code, errors } = await run(['serve', '-c', site.configPath], environmentOf(site)).ended
    expect(code).toBe(2)
    expect(errors.split('\n').length).toBeGreaterThan(3)
    expect(errors).toContain('nearcast.yaml:1:')
  })

  it('takes up a file that changes while it starts', async () => {
    const options = { port: await freePort(), adminPort: await freePort() }
    const site = tiny(options)
    const nearcast = run(['serve', '-c', site.configPath], environmentOf(site))
    onTestFinished(async () => {
      nearcast.kill('SIGTERM')
      await nearcast.ended
      site.remove()
    })
    await nearcast.line('compile.step', { msg: 'ranking nodes for every cell' })
    site.write({ ...options, steering: ['- { clients: { region: apac }, nodes: { site: hkg }, weight: 0 }'] })
    await nearcast.line('reload.started', { reason: 'a file changed' })
    await nearcast.line('reload.done')
    const { data } = await askServer({ address: '127.0.0.1', port: options.port }, fromHongKong)
    expect(data).toEqual(['192.0.2.21'])
  })

  it('takes SIGHUP while it starts for a reload after it', async () => {
    const site = tiny({ port: await freePort(), adminPort: await freePort() })
    const nearcast = run(['serve', '-c', site.configPath], environmentOf(site))
    onTestFinished(async () => {
      nearcast.kill('SIGTERM')
      await nearcast.ended
      site.remove()
    })
    await nearcast.line('compile.step')
    nearcast.kill('SIGHUP')
    await nearcast.line('daemon.ready')
    await nearcast.line('reload.started', { reason: 'SIGHUP' })
    await nearcast.line('reload.done')
  })

  it('keeps its state directory to itself: a second daemon is refused, one after a crash is not', async () => {
    const site = tiny({ port: await freePort(), adminPort: await freePort() })
    const other = tiny({ port: await freePort(), adminPort: await freePort() })
    const started: Process[] = []
    onTestFinished(async () => {
      for (const each of started) each.kill('SIGKILL')
      await Promise.all(started.map(({ ended }) => ended))
      for (const each of [site, other]) each.remove()
    })
    const start = (configPath: string): Process => {
      const nearcast = run(['serve', '-c', configPath], environmentOf(site), process.execPath)
      started.push(nearcast)
      return nearcast
    }
    const first = start(site.configPath)
    await first.line('daemon.ready')
    const { code, errors } = await start(other.configPath).ended
    const told = `nearcast: the state directory ${site.directory} is in use by another daemon, process ${first.pid}, `
    expect([code, errors.slice(0, told.length)]).toEqual([75, told])
    expect(errors).toContain('STATE_DIRECTORY')
    first.kill('SIGKILL')
    await first.ended
    const second = start(other.configPath)
    await second.line('daemon.ready')
    second.kill('SIGTERM')
    expect(await second.ended).toMatchObject({ code: 0, errors: '' })
  })

  it('gives up a start at SIGTERM', async () => {
    const site = tiny({ port: await freePort(), adminPort: await freePort() })
    onTestFinished(() => site.remove())
    const nearcast = run(['serve', '-c', site.configPath], environmentOf(site))
    await nearcast.line('compile.step')
    nearcast.kill('SIGTERM')
    expect(await nearcast.ended).toMatchObject({ code: 0, errors: '' })
    expect(nearcast.lines.map(({ event }) => event)).not.toContain('daemon.ready')
  })

  it.each([
    [['no-such-command'], /unknown command/],
    [['serve', '--config'], /argument missing/],
  ])('%j is a usage error', async (args, message) => {
    const { code, errors } = await run(args).ended
    expect(errors).toMatch(message)
    expect(code).toBe(64)
  })

  it('says its version', async () => {
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
      version: string
    }
    const nearcast = run(['--version'])
    expect((await nearcast.ended).code).toBe(0)
    expect(nearcast.lines).toEqual([{ event: 'text', msg: version }])
  })
})
