// A daemon in bad surroundings: what is around it fails, and it answers, can be steered and ends as ever, or says what is wrong.
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { constants, mkdirSync, openSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { askServer, command, compiledCode, environmentOf } from '../support/daemon.ts'
import { freePort } from '../support/free-port.ts'
import { brimful } from '../support/full-pipe.ts'
import { tiny, type Tiny } from '../support/tiny.ts'

const fromHongKong = { name: 'play.live.example.net', subnet: '198.51.100.0/24' }

describe('a daemon whose log nobody reads', () => {
  const secret = '0123456789abcdef0123456789abcdef'
  let site: Tiny
  let nearcast: ChildProcess
  let ended: Promise<unknown[]>
  let gone: string
  let dns: { address: string; port: number }
  let admin: string

  beforeAll(async () => {
    const [port, adminPort] = [await freePort(), await freePort()]
    dns = { address: '127.0.0.1', port }
    admin = `http://127.0.0.1:${adminPort}`
    site = tiny({ port, adminPort })
    writeFileSync(join(site.directory, 'token'), secret, { mode: 0o600 })
    const token = 'tokens: [{ name: a, role: operator, secretFile: token }]'
    site.writeText(readFileSync(site.configPath, 'utf8').replace(/^admin: \{/m, `admin: { ${token},`))
    gone = join(site.directory, 'gone')
    mkdirSync(gone)
    const pipe = join(site.directory, 'log')
    execFileSync('mkfifo', [pipe])
    brimful(pipe)
    nearcast = spawn(process.execPath, [command, 'serve', '--config', site.configPath], {
      stdio: ['ignore', openSync(pipe, constants.O_WRONLY), 'inherit'],
      env: { ...process.env, NODE_COMPILE_CACHE: compiledCode, ...environmentOf(site) },
      cwd: gone,
    })
    ended = once(nearcast, 'close')
  })
  afterAll(async () => {
    nearcast.kill('SIGKILL')
    await ended
    site.remove()
  })

  async function call(path: string, method = 'GET'): Promise<{ status: number | null; text: string }> {
    const headers = { authorization: `Bearer ${secret}`, connection: 'close' }
    const response = await fetch(`${admin}${path}`, { method, headers }).catch(() => null)
    return { status: response?.status ?? null, text: (await response?.text()) ?? '' }
  }

  /** Waits for the reload that a change of a file may have begun. */
  async function post(path: string): Promise<{ status: number | null; text: string }> {
    let done = await call(path, 'POST')
    while (done.status === 409) done = await call(path, 'POST')
    return done
  }

  it('starts and answers', async () => {
    await expect.poll(() => call('/readyz')).toMatchObject({ status: 200 })
    expect((await askServer(dns, fromHongKong)).data).toEqual(['192.0.2.11'])
  })

  it('reloads where its working directory was removed', async () => {
    rmdirSync(gone)
    expect(await post('/v1/reload')).toMatchObject({ status: 200 })
  })

  it.each(['country.mmdb', 'token'])('is not held up by a pipe in the place of %s', async (name) => {
    const file = join(site.directory, name)
    renameSync(file, `${file}.kept`)
    execFileSync('mkfifo', ['-m', '600', file])
    const { status, text } = await post('/v1/reload')
    expect(text).toMatch(/nearcast\.yaml:\d+:\d+: .* not a regular file/)
    expect(status).toBe(422)
    rmSync(file)
    renameSync(`${file}.kept`, file)
  })

  it('is replaced all the same, and ends in good order', async () => {
    const { status, text } = await post('/v1/replace')
    expect([status, text]).toEqual([200, expect.stringContaining('pid')])
    process.kill((JSON.parse(text) as { pid: number }).pid, 'SIGKILL')
    expect(await ended).toEqual([0, null])
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
