// The demo's stand-in edges as processes: they answer, come back, refuse taken addresses, and leave none behind.
import { createServer } from 'node:http'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type EdgeEvent, type Edges, startEdges } from '../../../src/cli/demo-edges.ts'
import { freePort } from '../../support/free-port.ts'

let edges: Edges | undefined

afterEach(async () => {
  await edges?.stop()
  edges = undefined
})

async function twoEdges(onEvent: (event: EdgeEvent) => void = () => undefined) {
  const port = await freePort()
  const wanted = [
    { name: 'hkg-1', addresses: ['127.0.0.1', '::1'], port },
    { name: 'hkg-2', addresses: ['127.0.0.2'], port },
  ]
  edges = await startEdges(wanted, 10, onEvent)
  return { pids: edges.pids, url: (n: number, path: string) => `http://127.0.0.${n}:${port}${path}` }
}

async function textOf(url: string): Promise<string> {
  return (await fetch(url)).text()
}

function isAlive(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('stand-in edges', () => {
  it('are processes of their own that say who they are and that they are well', async () => {
    const { pids, url } = await twoEdges()
    expect(await textOf(url(2, '/'))).toBe('hkg-2 at 127.0.0.2\n')
    expect(await textOf(url(2, '/health'))).toBe('ok\n')
    expect(await textOf(url(1, '/').replace('127.0.0.1', '[::1]'))).toBe('hkg-1 at ::1\n')
    expect(new Set([...pids.values(), process.pid]).size).toBe(3)
  })

  it('come back in a new process when they are killed', async () => {
    const events: EdgeEvent[] = []
    const { pids, url } = await twoEdges((event) => events.push(event))
    const before = pids.get('hkg-1') ?? 0
    process.kill(before, 'SIGKILL')
    await vi.waitFor(() => expect(events.map(({ kind }) => kind)).toEqual(['ended', 'started']), { timeout: 90_000 })
    expect(pids.get('hkg-1')).not.toBe(before)
    expect(events.at(-1)).toEqual({ name: 'hkg-1', kind: 'started', pid: pids.get('hkg-1') })
    expect(await textOf(url(1, '/'))).toBe('hkg-1 at 127.0.0.1\n')
  })

  it('are tried again where none can be spawned', async () => {
    const events: EdgeEvent[] = []
    const { pids } = await twoEdges((event) => events.push(event))
    const { execPath } = process
    process.execPath = '/nonexistent/node'
    try {
      process.kill(pids.get('hkg-1') ?? 0, 'SIGKILL')
      await expect.poll(() => events.filter(({ kind }) => kind === 'ended').length).toBeGreaterThan(2)
    } finally {
      process.execPath = execPath
    }
    await expect.poll(() => events.at(-1)?.kind).toBe('started')
  })

  it('all end when told to, stopped ones too', async () => {
    const { pids } = await twoEdges()
    const all = [...pids.values()]
    process.kill(all[0], 'SIGSTOP')
    await edges?.stop()
    expect(all.map(isAlive)).toEqual([false, false])
  })

  it('say which address is taken, and none is left running', async () => {
    const other = createServer()
    const port = await freePort()
    await new Promise<void>((listening) => other.listen(port, '127.0.0.2', listening))
    const wanted = [
      { name: 'hkg-1', addresses: ['127.0.0.1', '::1'], port },
      { name: 'hkg-2', addresses: ['127.0.0.2'], port },
    ]
    await expect(startEdges(wanted, 10, () => undefined)).rejects.toMatchObject({
      code: 'NC_ADDRESS_IN_USE',
      message: expect.stringContaining(`hkg-2: listen EADDRINUSE: address already in use 127.0.0.2:${port}`),
    })
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow()
    await new Promise((closed) => other.close(closed))
  })
})
