// The flat name table against RFC 1034's look-up done the slow way, over random zones. Knows no packets.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatName } from '../../src/wire/name.ts'
import { compileNames } from '../../src/zone/compile-names.ts'
import { Field, findName, Found, NameMatch } from '../../src/zone/name-table.ts'
import { name, zone } from '../support/world.ts'

const label = fc.constantFrom('a', 'b', 'c', 'long-label-here', '*')
const owner = fc.array(label, { minLength: 0, maxLength: 4 })
const asked = fc.array(fc.constantFrom('a', 'b', 'c', 'long-label-here', 'zz'), { minLength: 0, maxLength: 5 })
const apexes = ['live.example.net', 'deep.sub.example.org']

/** Closest encloser and wildcard by definition (RFC 4592 section 3.3.1): every name and its ancestors exist. */
function expected(owners: ReadonlySet<string>, question: readonly string[], apex: string): string {
  const text = (labels: readonly string[]): string => [...labels, apex].join('.')
  const exists = (labels: readonly string[]): boolean =>
    labels.length === 0 || [...owners].some((known) => known === text(labels) || known.endsWith(`.${text(labels)}`))
  if (exists(question)) return `exact ${text(question)}`
  let encloser = question
  while (!exists(encloser)) encloser = encloser.slice(1)
  const wildcard = text(['*', ...encloser])
  return exists(['*', ...encloser]) ? `wildcard ${wildcard}` : 'missing'
}

describe('the name table', () => {
  it('finds what RFC 1034 and 4592 say, for any names', () => {
    fc.assert(
      fc.property(fc.array(owner, { maxLength: 12 }), asked, fc.constantFrom(...apexes), (owners, question, apex) => {
        const texts = new Set(owners.map((labels) => [...labels, apex].join('.')))
        const zones = apexes.map((each) => ({
          ...zone,
          name: each,
          apex: name(each),
          staticRRsets: [],
          steeredNames: [...texts]
            .filter((text) => text.endsWith(each))
            .map((text) => ({ owner: name(text), service: 'x' })),
        }))
        const columns = compileNames(zones, 1, () => 0)
        const wire = name([...question, apex].join('.'))
        const offsets = new Uint16Array(128)
        let labels = 0
        for (let at = 0; wire[at] !== 0; at += wire[at] + 1) offsets[labels++] = at
        const match = new NameMatch()
        const found = findName(columns, wire, offsets, labels, wire.length, match)
        const entryName = (entry: number): string => {
          const words = columns.entries.slice(entry + Field.name)
          return formatName(new Uint8Array(words.buffer)).slice(0, -1)
        }
        const result =
          found === Found.exact
            ? `exact ${entryName(match.entry)}`
            : found === Found.wildcard
              ? `wildcard ${entryName(match.entry)}`
              : 'missing'
        expect(result).toBe(expected(texts, question, apex))
        if (found === Found.wildcard) {
          const encloserLabels = entryName(match.entry).split('.').length - 1
          expect(match.wildLabels).toBe(labels - encloserLabels)
        }
      }),
      { numRuns: 3000 },
    )
  })

  it('finds nothing outside its zones', () => {
    const columns = compileNames([zone], 1, () => 0)
    const wire = name('www.example.org')
    expect(findName(columns, wire, Uint16Array.of(0, 4, 12), 3, wire.length, new NameMatch())).toBe(Found.outside)
  })
})
