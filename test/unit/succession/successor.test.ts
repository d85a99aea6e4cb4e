// Both sides of a replacement, the new one a stand-in: what it inherits, and what comes of each way it may go. No daemon.
import { closeSync, openSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Remembered } from '../../../src/health/remembered.ts'
import { limitDescriptors } from '../../support/limits.ts'
import { closeSockets, openListener, openSockets } from '../../../src/server/sockets.ts'
import type { Estate, Inheritance } from '../../../src/succession/inheritance.ts'
import { meetPredecessor } from '../../../src/succession/predecessor.ts'
import { startSuccessor } from '../../../src/succession/successor.ts'

const fixture = fileURLToPath(new URL('./fixtures/successor.ts', import.meta.url))
const never = new AbortController().signal

const verdict: Remembered = {
  node: 'hkg-1',
  family: 4,
  address: '192.0.2.1',
  verdict: 'up',
  found: 'up',
  sinceMs: 1_900_000_000_000,
  fellAtMs: null,
  roseAtMs: null,
  penalty: { points: 0, atMs: 0, heldOut: false },
  probes: [],
}

/** Any file stands for the locked one. */
function estate(): Estate {
  const sockets = openSockets([{ address: '127.0.0.1', port: 0 }], 2)
  const admin = openListener({ address: '127.0.0.1', port: 0 }, undefined, 'admin.listen')
  const stateLock = openSync(fixture, 'r')
  onTestFinished(() => {
    closeSockets({ tcp: [...sockets.tcp, admin], udp: sockets.udp })
    closeSync(stateLock)
  })
  return { sockets, admin, epoch: 7, verdicts: [verdict], cookieSecret: '00ff', stateLock }
}

function program(behaviour: string): { file: string; words: readonly string[] } {
  return { file: process.execPath, words: [fixture, behaviour] }
}

describe('a successor', () => {
  it('is known by its process id once it says that it answers', async () => {
    const pid = await startSuccessor(estate(), never, program('ready'))
    expect(pid).toBeGreaterThan(1)
    expect(pid).not.toBe(process.pid)
  })

  it('has every socket and the lock, under descriptors of its own, and all that is known; its refusal is the error', async () => {
    const left = estate()
    const refused: unknown = await startSuccessor(left, never, program('refuse')).catch((error: unknown) => error)
    expect(refused).toMatchObject({ name: 'NearcastError', code: 'NC_CONFIG' })
    const told = JSON.parse((refused as Error).message) as {
      inheritance: Inheritance
      ports: number[]
      lockedFile: number
    }
    const { sockets, admin } = left
    const all = [...sockets.tcp, ...sockets.udp, admin]
    expect(told.ports).toEqual(all.map(({ endpoint }) => endpoint.port))
    const { sockets: passed } = told.inheritance
    const descriptors = [...passed.tcp, ...passed.udp, told.inheritance.admin].map(({ descriptor }) => descriptor)
    expect(new Set(descriptors).size).toBe(all.length)
    expect(told.lockedFile).toBe(statSync(fixture).ino)
    expect(told.inheritance).toMatchObject({ epoch: 7, verdicts: [verdict], cookieSecret: '00ff' })
  })

  it('that ends without a word is an error', async () => {
    await expect(startSuccessor(estate(), never, program('die'))).rejects.toMatchObject({
      code: 'NC_INTERNAL',
      message: expect.stringContaining('ended before it answered') as unknown,
    })
  })

  it('that cannot be started is an error', async () => {
    const nowhere = { file: '/nowhere/node', words: [] }
    await expect(startSuccessor(estate(), never, nowhere)).rejects.toThrow('ENOENT')
  })

  it('for which there is no descriptor left is an error, and the daemon lives', async () => {
    const left = estate()
    const restore = limitDescriptors(8)
    try {
      const starting = startSuccessor(left, never, program('ready'))
      await expect(starting).rejects.toMatchObject({ code: 'NC_INTERNAL', message: expect.stringContaining('EMFILE') })
    } finally {
      restore()
    }
  })

  it('is not waited for when nobody wants it any more', async () => {
    const wanted = new AbortController()
    const starting = startSuccessor(estate(), wanted.signal, program('say nothing'))
    wanted.abort()
    await expect(starting).rejects.toThrow('aborted')
  })
})

it('a process that nobody started as a successor has no predecessor', async () => {
  expect(await meetPredecessor()).toBeNull()
})
