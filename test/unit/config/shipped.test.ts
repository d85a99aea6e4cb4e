// What the repository ships: the demo's configuration without a fault, and the schema that editors read, up to date.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../../src/config/load.ts'
import { publishedSchema } from '../../../src/config/published-schema.ts'

const path = (name: string): string => fileURLToPath(new URL(`../../../config/${name}`, import.meta.url))

describe('the shipped configuration', () => {
  it('loads without a word', async () => {
    const { problems, warnings, config } = await loadConfig(path('nearcast.yaml'))
    expect({ problems, warnings }).toEqual({ problems: [], warnings: [] })
    expect(config?.zones.map(({ name }) => name)).toEqual(['live.example.net'])
  })

  it('gives every node addresses of its own on loopback, a dozen edges over five sites', async () => {
    const { config } = await loadConfig(path('nearcast.yaml'))
    const nodes = config?.nodes ?? []
    const edges = nodes.filter(({ role }) => role === 'edge')
    expect(edges).toHaveLength(12)
    expect(new Set(edges.map(({ site }) => site))).toEqual(new Set(['hkg', 'sin', 'fra', 'iad', 'sjc']))
    expect(nodes.every(({ v4, v6 }) => v4?.startsWith('127.20.') && (v6 === null || v6 === '::1'))).toBe(true)
  })
})

describe('config/schema.json', () => {
  it('is current: `bin/nearcast check --schema > config/schema.json` makes it', () => {
    expect(readFileSync(path('schema.json'), 'utf8')).toBe(publishedSchema())
  })
})
