// Rows of the node table in the API's words.
import { expect, it } from 'vitest'
import { familyInWords, nodeStatuses } from '../../../src/admin/node-status.ts'
import type { HeldOverride } from '../../../src/fleet/overrides.ts'
import type { FamilyHealth, LastObservation, NodeHealth } from '../../../src/health/watched.ts'
import { node, sites } from '../../support/world.ts'

function last(at: number, ok: boolean, detail = ''): LastObservation {
  return { ok, reason: ok ? 'ok' : 'timeout', detail, elapsedMs: 1, at }
}

function health(verdict: FamilyHealth['verdict'], observations: Record<string, LastObservation | null>): FamilyHealth {
  const probes = Object.entries(observations).map(([probe, seen]) => ({
    probe,
    required: true,
    verdict,
    streak: 0,
    last: seen,
  }))
  return { address: '192.0.2.1', verdict, since: 1000, share: 1, kept: null, heldOutUntil: null, stale: false, probes }
}

/** What is said of a verdict without marks. */
const plain = { share: 1, kept: null, heldOutUntil: null, stale: false }
const nothingKnown = { verdict: 'unknown', since: null, reasons: [], ...plain, share: 0 } as const

const table = { nodes: [node('hkg-1', 'hkg', { v6: '2001:db8::1' }), node('fra-1', 'fra')], sites, restRegion: 'na' }

it('shows verdicts, the reasons of failed probes newest first, and overrides', () => {
  const override = { target: 'fra-1', mode: 'down' } as HeldOverride
  const known: NodeHealth = {
    node: 'hkg-1',
    v4: health('down', { tcp: last(5, false), http: last(9, false, 'status 503'), https: last(7, true) }),
    v6: health('up', { tcp: last(5, true) }),
  }
  expect(nodeStatuses(table, new Map([['hkg-1', known]]), (name) => (name === 'fra-1' ? override : null))).toEqual([
    {
      name: 'hkg-1',
      site: 'hkg',
      region: 'apac',
      role: 'edge',
      v4: {
        address: '192.0.2.1',
        verdict: 'down',
        since: 1000,
        reasons: ['http: status 503', 'tcp: timeout'],
        ...plain,
      },
      v6: { address: '2001:db8::1', verdict: 'up', since: 1000, reasons: [], ...plain },
      override: null,
    },
    {
      name: 'fra-1',
      site: 'fra',
      region: 'eu',
      role: 'edge',
      v4: { address: '192.0.2.129', ...nothingKnown },
      v6: null,
      override,
    },
  ])
})

it('says unknown until the first result, whatever a probe saw', () => {
  const known: NodeHealth = { node: 'fra-1', v4: health('unknown', { tcp: last(5, false), http: null }), v6: null }
  const [, { v4 }] = nodeStatuses(table, new Map([['fra-1', known]]), () => null)
  expect(v4).toEqual({ address: '192.0.2.129', ...nothingKnown })
})

it('puts health in a few words, and none where nothing probes', () => {
  const inWords = (v6: FamilyHealth): string | null => familyInWords({ node: 'hkg-1', v4: null, v6 }, 6)
  expect(familyInWords(undefined, 4)).toBeNull()
  expect(inWords(health('down', { http: last(9, false, 'status 503') }))).toBe('down: http: status 503')
  expect(inWords(health('up', { tcp: last(5, true) }))).toBe('up')
  expect(inWords(health('up', {}))).toBeNull()
  const kept = { ...health('suspect', { http: last(9, false, 'status 503') }), kept: 'removal_budget' } as const
  expect(inWords(kept)).toBe('suspect, kept by removal_budget: http: status 503')
  const held = { ...health('probation', { http: last(9, true) }), heldOutUntil: 9 }
  expect(inWords(held)).toBe('probation: held out for flapping')
})
