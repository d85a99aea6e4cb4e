// A daemon in bad surroundings: what is around it fails, and it answers, can be steered and ends as ever, or says what is wrong.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { constants, mkdirSync, openSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { askServer, command, compiledCode, environmentOf, run, type Process } from '../support/daemon.ts'
import { freePort } from '../support/free-port.ts'
import { brimful } from '../support/full-pipe.ts'
import { tiny, type Tiny } from '../support/tiny.ts'

const fromHongKong = { name: 'play.live.example.net', subnet: '198.51.100.0/24' }

it('whose log nobody reads starts, answers, reloads and ends', async () => {
  const [port, adminPort] = [await freePort(), await freePort()]
  const site = tiny({ port, adminPort })
  const pipe = join(site.directory, 'log')
  execFileSync('mkfifo', [pipe])
  brimful(pipe)
  const nearcast = spawn(process.execPath, [command, 'serve', '--config', site.configPath], {
    stdio: ['ignore', openSync(pipe, constants.O_WRONLY), 'inherit'],
    env: { ...process.env, NODE_COMPILE_CACHE: compiledCode, ...environmentOf(site) },
  })
  const ended = once(nearcast, 'close')
  onTestFinished(async () => {
    nearcast.kill('SIGKILL')
    await ended
    site.remove()
  })
  const admin = `http://127.0.0.1:${adminPort}`
  const call = async (path: string, method = 'GET'): Promise<number | null> => {
    const response = await fetch(`${admin}${path}`, { method, headers: { connection: 'close' } }).catch(() => null)
    return response?.status ?? null
  }
  await expect.poll(() => call('/readyz')).toBe(200)
  expect(await call('/v1/reload', 'POST')).toBe(200)
  expect((await askServer({ address: '127.0.0.1', port }, fromHongKong)).data).toEqual(['192.0.2.11'])
  nearcast.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
})

describe('a daemon that runs', () => {
  let site: Tiny
  let nearcast: Process
  let gone: string

  beforeAll(async () => {
    site = tiny({ port: await freePort(), adminPort: await freePort() })
    const token = join(site.directory, 'token')
    writeFileSync(token, '0123456789abcdef0123456789abcdef', { mode: 0o600 })
    site.writeText(
      readFileSync(site.configPath, 'utf8').replace(
        /^admin: \{/m,
        'admin: { tokens: [{ name: a, role: viewer, secretFile: token }],',
      ),
    )
    gone = join(site.directory, 'gone')
    mkdirSync(gone)
    nearcast = run(['serve', '-c', site.configPath], environmentOf(site), process.execPath, true, gone)
    await nearcast.line('daemon.ready')
  })
  afterAll(async () => {
    nearcast.killGroup()
    await nearcast.ended
    site.remove()
  })

  async function refused(): Promise<string> {
    nearcast.kill('SIGHUP')
    const { err } = await nearcast.line('reload.refused')
    return (err as Error).message
  }

  it('reloads where its working directory was removed', async () => {
    rmdirSync(gone)
    nearcast.kill('SIGHUP')
    await nearcast.line('reload.done')
  })

  it.each(['country.mmdb', 'token'])('is not held up by a pipe in the place of %s', async (name) => {
    const file = join(site.directory, name)
    renameSync(file, `${file}.kept`)
    execFileSync('mkfifo', ['-m', '600', file])
    expect(await refused()).toMatch(/nearcast\.yaml:\d+:\d+: .* not a regular file/)
    rmSync(file)
    renameSync(`${file}.kept`, file)
  })
})

it.runIf(process.getuid?.() === 0)('a user without a home is told what to set', () => {
  const site = tiny()
  onTestFinished(() => site.remove())
  const env = { PATH: process.env.PATH, NODE_COMPILE_CACHE: compiledCode }
  const words = [command, 'serve', '--config', site.configPath]
  const { status, stderr } = spawnSync(process.execPath, words, { uid: 54_321, gid: 54_321, env, encoding: 'utf8' })
  expect(stderr).toMatch(/^nearcast: this user has no home directory, .* set STATE_DIRECTORY .* CACHE_DIRECTORY/)
  expect(status).toBe(64)
})

it.runIf(spawnSync('unshare', ['--mount', 'true']).status === 0)('what finds no room says where it wants some', () => {
  const site = tiny()
  onTestFinished(() => site.remove())
  const small = join(site.directory, 'small')
  mkdirSync(small)
  const words = [process.execPath, command, 'check', '--config', site.configPath]
  const script = 'mount -t tmpfs -o size=64k none "$TMPDIR" && exec "$@"'
  const { status, stderr } = spawnSync('unshare', ['--mount', 'sh', '-c', script, 'sh', ...words], {
    env: { ...process.env, NODE_COMPILE_CACHE: compiledCode, ...environmentOf(site), TMPDIR: small },
    encoding: 'utf8',
  })
  expect(stderr).toMatch(/ENOSPC.* what is compiled lies in .*small .* set TMPDIR/)
  expect(status).toBe(70)
})
