// What the demo prints, from made-up edges and answers, and how it tells the log.
import { describe, expect, it } from 'vitest'
import { clients, demoScreen, type Scene } from '../../../src/cli/demo-screen.ts'
import { narrate } from '../../../src/cli/demo-story.ts'

const scene: Scene = {
  zones: ['live.example.net'],
  listen: ['127.0.0.1:5300', '[::1]:5300'],
  admin: '127.0.0.1:8053',
  name: 'show1.play.live.example.net',
  configPath: null,
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

  it('explains from the configuration that runs, however it is called', () => {
    const explain = '  bin/nearcast explain --client 219.76.4.4 --name show1.play.live.example.net'
    const screenOf = (configPath: string | null): string => demoScreen({ ...scene, configPath })
    expect(screenOf(null)).toContain(`\n${explain}\n`)
    expect(screenOf('/tmp/own/nearcast.yaml')).toContain(`\n${explain} --config /tmp/own/nearcast.yaml\n`)
    expect(screenOf("my sites/it's.yaml")).toContain(`\n${explain} --config 'my sites/it'\\''s.yaml'\n`)
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
    [
      { event: 'health.verdict', node: 'hkg-1', family: 6, to: 'up' },
      'hkg-1 over IPv6 is back in the answers: for a tenth of its clients, and for all of them in 5 s',
    ],
    [{ event: 'health.slow_start_over', level: 'info', node: 'hkg-1', family: 4 }, 'hkg-1 has all its clients again'],
    [
      {
        event: 'guard.acts',
        level: 'warn',
        guard: 'spill',
        site: 'fra',
        role: 'origin',
        family: 4,
        msg: 'no node is left',
      },
      'fra, origins, IPv4: no node is left',
    ],
    [
      { event: 'guard.rests', level: 'info', guard: 'spill', site: 'fra', role: 'origin', family: 4 },
      'fra, origins, IPv4: the site has a node again and its clients back',
    ],
    [{ event: 'guard.rests', level: 'info', guard: 'fail_open' }, 'every client has a node again'],
    [
      { event: 'guard.kept', level: 'warn', guard: 'removal_budget', node: 'sin-1', family: 4, reason: 'refused' },
      'sin-1 fails (refused) and stays in the answers',
    ],
    [
      { event: 'health.held_out', level: 'warn', node: 'sin-1', family: 4, until: '2026-01-01T00:00:00.000Z' },
      'sin-1 fell too often: it is held out until 2026-01-01T00:00:00.000Z, or longer if it falls again',
    ],
    [{ event: 'health.first_round_late', level: 'warn', msg: 'answering begins' }, 'answering begins'],
    [{ event: 'reload.started', level: 'info' }, 'the configuration is read again'],
    [
      { event: 'reload.refused', level: 'error', err: { message: 'nearcast.yaml:3:5: no' } },
      'the changed configuration is refused, the old one stays:\nnearcast.yaml:3:5: no',
    ],
    [{ event: 'prober.died', level: 'error', msg: 'started again' }, 'prober.died: started again'],
    [{ event: 'compile.done', level: 'info' }, null],
  ])('%j is told as %j', (line, sentence) => {
    expect(narrate(JSON.stringify(line), 5_000)).toBe(sentence)
  })

  it('speaks of no slow start where there is none', () => {
    const line = JSON.stringify({ event: 'health.verdict', node: 'hkg-1', family: 4, to: 'up' })
    expect(narrate(line, 0)).toBe('hkg-1 is back in the answers')
  })
})
