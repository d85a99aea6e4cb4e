// nearcast probe as typed, against a stand-in node, and how it prints a measurement.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { formatProbe } from '../../../src/cli/probe.ts'
import { nearcast } from '../../support/command.ts'
import { tiny, type Tiny } from '../../support/tiny.ts'

let config: Tiny | null = null
let server: Server | null = null

afterEach(() => {
  config?.remove()
  server?.closeAllConnections()
  server?.close()
})

/** A node called edge-1 that answers 200 until told otherwise, probed over HTTP by `web`; `stray` belongs to no node. */
async function setUp(answer = 200): Promise<string> {
  const listening = createServer((_request, response) => response.writeHead(answer).end())
  server = listening
  await new Promise<void>((resolve) => void listening.listen(0, '127.0.0.1', resolve))
  const { port } = listening.address() as AddressInfo
  config = tiny({
    nodes: [
      'edge-1: { site: hkg, role: edge, addresses: [127.0.0.1], probes: [web] }',
      'mute-1: { site: iad, role: edge, addresses: [127.0.0.2] }',
    ],
    probes: [
      `web: { type: http, url: "http://{address}:${port}/health", interval: 2s, timeout: 2s }`,
      'stray: { type: report }',
    ],
  })
  return config.configPath
}

function probe(...args: string[]) {
  return nearcast(['probe', ...args])
}

describe('nearcast probe', () => {
  it('prints every step of every probe, and ends with 0 when all is well', async () => {
    const { status, stdout } = await probe('edge-1', '--config', await setUp())
    expect(stdout.replace(/ *\d+\.\d ms/g, ' _ ms')).toBe(
      'web (http) at 127.0.0.1\n  connect _ ms\n  headers _ ms  status 200\n  passed _ ms  ok\n\n',
    )
    expect(status).toBe(0)
  })

  it('says why a probe failed, and ends with 69', async () => {
    const { status, stdout, stderr } = await probe('edge-1', '--config', await setUp(503), '--rounds', '2')
    expect(stdout.match(/failed +\d+\.\d ms +status: answered 503, expected 200/g)).toHaveLength(2)
    expect(stderr).toBe('nearcast: 1 of 1 probes of edge-1 failed.\n')
    expect(status).toBe(69)
  })

  it('runs a probe that the node does not name, when told to', async () => {
    const { status, stdout } = await probe('mute-1', '--config', await setUp(), '--probe', 'stray')
    expect(stdout).toContain('only the daemon hears reports')
    expect(status).toBe(0)
  })

  it.each([
    ['a node that is not there', ['edge-9'], 66, "there is no node 'edge-9'"],
    ['a node without probes', ['mute-1'], 66, "node 'mute-1' names no probe; --probe takes one of: web, stray."],
    ['a probe that is not there', ['edge-1', '--probe', 'rtmp'], 66, "there is no probe 'rtmp'"],
    ['rounds that are no number', ['edge-1', '--rounds', 'many'], 64, "--rounds is 'many'"],
  ])('refuses %s', async (_what, args, exit, message) => {
    const { status, stderr } = await probe(...args, '--config', await setUp())
    expect(stderr).toContain(message)
    expect(status).toBe(exit)
  })
})

describe('a measurement on paper', () => {
  it('is never more than lines of text, whatever the node says', () => {
    const target = {
      node: 'edge-1',
      family: 4,
      address: '127.0.0.1',
      probe: {
        key: 'srt',
        type: 'srt',
        port: 9000,
        intervalMs: 1,
        timeoutMs: 1,
        confirmMs: 1,
        fall: 1,
        rise: 1,
        required: false,
      },
    } as const
    const steps = [{ name: 'answer', tookMs: 1.25, note: 'version\u001b[2J\n5' }]
    const observation = {
      node: 'edge-1',
      family: 4,
      address: '127.0.0.1',
      probe: 'srt',
      ok: true,
      reason: 'ok',
      detail: '',
      startedMs: 0,
      elapsedMs: 2,
    } as const
    expect(formatProbe(target, steps, observation)).toEqual([
      'srt (srt, informs only) at 127.0.0.1',
      '  answer  1.3 ms  version [2J 5',
      '  passed  2.0 ms  ok',
    ])
  })
})
