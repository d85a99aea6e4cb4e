// What the demo prints, from made-up edges and answers, and how it tells the log.
import { describe, expect, it } from 'vitest'
import { clients, demoScreen, type Scene } from '../../../src/cli/demo-screen.ts'
import { narrate } from '../../../src/cli/demo-story.ts'

const scene: Scene = {
  zones: ['live.example.net'],
  listen: ['127.0.0.1:5300', '[::1]:5300'],
  admin: '127.0.0.1:8053',
  name: 'show1.play.live.example.net',
  edges: [
    { name: 'hkg-1', addresses: '127.20.1.1 ::1', site: 'hkg', carriers: ['hgc', 'hkt'], pid: 4711 },
    { name: 'hkg-2', addresses: '127.20.1.2', site: 'hkg', carriers: [], pid: 42 },
  ],
  answers: new Map([[clients[0].subnet, ['hkg-2', 'hkg-1']]]),
  restartAfterSeconds: 15,
}

describe('the screen of the demo', () => {
  const screen = demoScreen(scene)

  it('has a row for each edge', () => {
    expect(screen).toContain('  hkg-1  127.20.1.1 ::1  hkg   hgc hkt   4711\n')
    expect(screen).toContain('  hkg-2  127.20.1.2      hkg               42\n')
  })

  it('has a line to paste for each client, with who it is and what it got', () => {
    const dig = `dig @127.0.0.1 -p 5300 +subnet=${clients[0].subnet} show1.play.live.example.net`
    expect(screen).toMatch(new RegExp(`^  ${dig.replaceAll('+', '\\+')} +# ${clients[0].who}: hkg-2, hkg-1$`, 'm'))
    expect(screen.match(/^ {2}dig @.*: no answer$/gm)?.length).toBe(clients.length - 1)
  })

  it('stops the edge that the first client was answered with', () => {
    expect(screen).toContain('kill -STOP 42 ')
  })

  it('asks a server on IPv6 without its brackets', () => {
    expect(demoScreen({ ...scene, listen: ['[::1]:5300'] })).toContain('dig @::1 -p 5300 ')
  })

  it('fits a terminal of 120 columns', () => {
    expect(screen.split('\n').filter((line) => line.length > 120)).toEqual([])
  })
})

describe('the log of the daemon', () => {
  it.each([
    [
      { event: 'health.verdict', node: 'hkg-1', family: 4, to: 'down', reason: 'timeout' },
      'hkg-1 is out of the answers: timeout',
    ],
    [{ event: 'health.verdict', node: 'hkg-1', family: 6, to: 'up' }, 'hkg-1 over IPv6 is back in the answers'],
    [{ event: 'reload.started', level: 'info' }, 'the configuration is read again'],
    [
      { event: 'reload.refused', level: 'error', err: { message: 'nearcast.yaml:3:5: no' } },
      'the changed configuration is refused, the old one stays:\nnearcast.yaml:3:5: no',
    ],
    [{ event: 'prober.died', level: 'error', msg: 'started again' }, 'prober.died: started again'],
    [{ event: 'compile.done', level: 'info' }, null],
  ])('%j is told as %j', (line, sentence) => {
    expect(narrate(JSON.stringify(line))).toBe(sentence)
  })
})
