// Configurations broken at random: loading never throws, every place lies inside its file, and editors see what loading sees.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import type { TSchema } from 'typebox'
import Value from 'typebox/value'
import { afterAll, expect, it } from 'vitest'
import { parse } from 'yaml'
import { loadConfig } from '../../src/config/load.ts'
import type { Problem } from '../../src/config/problem.ts'
import { publishedSchema } from '../../src/config/published-schema.ts'
import { good } from '../unit/config/load-files.ts'

const directory = mkdtempSync(join(tmpdir(), 'nearcast-mutations-'))
const main = join(directory, 'nearcast.yaml')
afterAll(() => rmSync(directory, { recursive: true }))

/** Pieces that mean something to YAML or to the language, so that many mutations come past the parser. */
const pieces = fc.oneof(
  fc.constantFrom(...Array.from('{}[],:-#&*!|>%@`"\'\t\n\r \0\ufeff\u{1f600}0')),
  fc.constantFrom(
    '- ',
    '  ',
    ': ',
    '---\n',
    '...\n',
    '&a ',
    '*a',
    '<<: ',
    '!!set ',
    '? ',
    '|\n',
    '@',
    '*.',
    '\\# 1 00',
    '~',
    '.nan',
    '-1',
    '1e99',
  ),
  fc.constantFrom(
    'include: nearcast.yaml\n',
    'include: "*"\n',
    '0s',
    '1.5h',
    '192.0.2.1',
    '::1',
    '2001:db8::/32',
    'alpha',
    'hkg',
    'example.net.',
    '__proto__',
  ),
  fc.string({ unit: 'binary', maxLength: 5 }),
)

interface Edit {
  readonly at: number
  readonly length: number
  readonly text: string
}

const edits = fc.array(
  fc.record({
    at: fc.nat(good.length),
    length: fc.oneof(fc.constant(0), fc.nat(40)),
    text: fc.oneof(pieces, fc.constant('')),
  }),
  { minLength: 1, maxLength: 4 },
)

function apply(text: string, changes: readonly Edit[]): string {
  return changes.reduce(
    (result, { at, length, text: put }) => result.slice(0, at) + put + result.slice(at + length),
    text,
  )
}

function isInside({ file, line, column, message }: Problem, content: string): boolean {
  const lines = content.replace(/^\ufeff/, '').split('\n')
  return (
    file === main &&
    line >= 1 &&
    line <= lines.length &&
    column >= 1 &&
    column <= lines[line - 1].length + 1 &&
    message !== ''
  )
}

it('answers any mutation with problems inside the file', async () => {
  await fc.assert(
    fc.asyncProperty(edits, async (changes) => {
      const content = apply(good, changes)
      writeFileSync(main, content)
      const { config, problems, warnings } = await loadConfig(main)
      expect([...problems, ...warnings].filter((problem) => !isInside(problem, content))).toEqual([])
      expect(config === null).toBe(problems.length > 0)
    }),
    { numRuns: 1000 },
  )
})

it('answers any bytes with problems', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
      writeFileSync(main, bytes)
      const { problems } = await loadConfig(main)
      expect(problems.length).toBeGreaterThan(0)
    }),
    { numRuns: 300 },
  )
})

type Data = Record<string, unknown> | unknown[]

/** The same data with the value at a random place replaced, removed or put under another key. */
function mutate(data: Data, steps: readonly number[], how: { value: unknown; key: string; action: number }): Data {
  const copy = structuredClone(data)
  let holder: Data = copy
  let keys = Object.keys(holder)
  for (const step of steps) {
    const next: unknown = Reflect.get(holder, keys[step % keys.length])
    if (typeof next !== 'object' || next === null || Object.keys(next).length === 0) break
    holder = next as Data
    keys = Object.keys(holder)
  }
  const key = keys[(steps.at(-1) ?? 0) % keys.length]
  if (Array.isArray(holder)) holder.splice(Number(key), how.action, ...(how.action === 0 ? [] : [how.value]))
  else if (how.action === 0) delete holder[key]
  else holder[how.action === 1 ? how.key : key] = how.value
  return copy
}

it('passes nothing that the published schema refuses', async () => {
  const schema = JSON.parse(publishedSchema()) as TSchema
  const data = parse(good) as Data
  expect(Value.Check(schema, data)).toBe(true)
  const value = fc.constantFrom<unknown>(
    null,
    0,
    1,
    -1,
    2.5,
    true,
    false,
    '',
    'x',
    '2s',
    '0',
    'hkg',
    'alpha',
    'edges',
    'stream',
    'HK',
    [],
    {},
    [1],
    ['hkg'],
    ['h2'],
    { steady: '1s' },
    [64500],
    '192.0.2.9',
    ['192.0.2.9'],
  )
  const key = fc.constantFrom(
    'price',
    'weight',
    'role',
    'labels',
    'answers',
    'ttl',
    'https',
    'copies',
    'tier',
    'name',
    'records',
    'steering',
    'scoring',
    'health',
    'load',
    'server',
    'probes',
    'new',
  )
  let passed = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(20), { minLength: 1, maxLength: 5 }),
      fc.record({ value, key, action: fc.nat(3) }),
      async (steps, how) => {
        const mutated = mutate(data, steps, how)
        writeFileSync(main, JSON.stringify(mutated))
        const { problems } = await loadConfig(main)
        if (problems.length > 0) return
        passed++
        expect(Value.Errors(schema, mutated)).toEqual([])
      },
    ),
    { numRuns: 1000 },
  )
  expect(passed).toBeGreaterThan(50)
})
