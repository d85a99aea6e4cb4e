// A daemon in bad surroundings: what is around it fails, and it answers, can be steered and ends as ever, or says what is wrong.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants, openSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { askServer, command, compiledCode, environmentOf } from '../support/daemon.ts'
import { freePort } from '../support/free-port.ts'
import { brimful } from '../support/full-pipe.ts'
import { tiny } from '../support/tiny.ts'

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
