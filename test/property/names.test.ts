// The flat name table, and what foresees it when a configuration is checked, against RFC 1034's look-up done the slow way, over
// random zones. Knows no packets.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ServedNames } from '../../src/config/served-names.ts'
import type { Owner } from '../../src/config/zone-owner.ts'
import { Type } from '../../src/wire/constants.ts'
import { formatName } from '../../src/wire/name.ts'
import type { StaticRRset } from '../../src/zone/model.ts'
import { compileNames } from '../../src/zone/compile-names.ts'
import { delegated, findName, Found, nameOf, NameMatch } from '../../src/zone/name-table.ts'
import { name, records, zone } from '../support/world.ts'

const label = fc.constantFrom('a', 'b', 'c', 'long-label-here', '*')
const owner = fc.array(label, { minLength: 0, maxLength: 4 })
const cut = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 })
const asked = fc.array(fc.constantFrom('a', 'b', 'c', 'long-label-here', 'zz'), { minLength: 0, maxLength: 5 })
const apexes = ['live.example.net', 'deep.sub.example.org']

/**
 * Closest encloser and wildcard by definition (RFC 4592 section 3.3.1): every name and its ancestors exist. At and below a
 * cut nothing does: the highest one answers (RFC 1034 section 4.3.2 step 3b).
 */
function expected(
  all: ReadonlySet<string>,
  cuts: ReadonlySet<string>,
  question: readonly string[],
  apex: string,
): string {
  const text = (labels: readonly string[]): string => [...labels, apex].join('.')
  for (let length = 1; length <= question.length; length++) {
    const above = text(question.slice(-length))
    if (cuts.has(above)) return `${length === question.length ? 'exact' : 'wildcard'} cut ${above}`
  }
  const owners = new Set([...all, ...cuts].filter((one) => ![...cuts].some((cut) => one.endsWith(`.${cut}`))))
  const exists = (labels: readonly string[]): boolean =>
    labels.length === 0 || [...owners].some((known) => known === text(labels) || known.endsWith(`.${text(labels)}`))
  if (exists(question)) return `exact ${text(question)}`
  let encloser = question
  while (!exists(encloser)) encloser = encloser.slice(1)
  const wildcard = text(['*', ...encloser])
  return exists(['*', ...encloser]) ? `wildcard ${wildcard}` : 'missing'
}

/** A name four octets at a time, with something after it. */
function wordsOf(wire: Uint8Array): Int32Array {
  const padded = new Uint8Array(256).fill(0xa5)
  padded.set(wire)
  return new Int32Array(padded.buffer)
}

/** What a configuration with one record at each of these names is checked by. */
function ownersOf(sets: readonly StaticRRset[]): Map<string, Owner> {
  const place = { file: 'zone', line: 1, column: 1 }
  return new Map(
    sets.map((set) => {
      const alone = { ...set, rdatas: [...set.rdatas], place }
      return [formatName(set.owner), { sets: new Map([[set.type, alone]]), steered: null }]
    }),
  )
}

describe('the name table', () => {
  it('finds what RFC 1034 and 4592 say, for any names', () => {
    fc.assert(
      fc.property(
        fc.array(owner, { maxLength: 12 }),
        fc.array(cut, { maxLength: 3 }),
        asked,
        fc.constantFrom(...apexes),
        (owners, delegations, question, apex) => {
          const texts = new Set(owners.map((labels) => [...labels, apex].join('.')))
          const cuts = new Set(delegations.map((labels) => [...labels, apex].join('.')))
          const zones = apexes.map((each) => ({
            ...zone,
            name: each,
            apex: name(each),
            staticRRsets: [...texts]
              .flatMap((text) => {
                if (!text.endsWith(each)) return []
                return cuts.has(text) ? [] : [records(text, Type.TXT, 60, '"x"')]
              })
              .concat(
                [...cuts].flatMap((text) =>
                  text.endsWith(each) ? [records(text, Type.NS, 60, 'ns.example.org.')] : [],
                ),
              ),
            steeredNames: [],
          }))
          const columns = compileNames(zones, 1, () => 0)
          const wire = name([...question, apex].join('.'))
          const offsets = new Uint16Array(128)
          let labels = 0
          for (let at = 0; wire[at] !== 0; at += wire[at] + 1) offsets[labels++] = at
          const match = new NameMatch()
          const found = findName(columns, wire, wordsOf(wire), offsets, labels, wire.length, match)
          const entryName = (entry: number): string => {
            const mark = match.service === delegated ? 'cut ' : ''
            return mark + formatName(nameOf(columns, entry)).slice(0, -1)
          }
          const result =
            found === Found.exact
              ? `exact ${entryName(match.entry)}`
              : found === Found.wildcard
                ? `wildcard ${entryName(match.entry)}`
                : 'missing'
          expect(result).toBe(expected(texts, cuts, question, apex))
          const served = zones.map((one) => {
            return { text: formatName(one.apex), owners: ownersOf(one.staticRRsets), whole: true }
          })
          const foreseen = new ServedNames(served).find(formatName(wire))
          const [how, what] = result.split(' ')
          const hasRecords = texts.has(what) && foreseen.as !== 'outside'
          expect(foreseen.as).toBe(what === 'cut' ? 'delegated' : hasRecords ? how : 'nothing')
          if ('owner' in foreseen) {
            const [set] = foreseen.owner.sets.values()
            expect(formatName(set.owner)).toBe(`${what}.`)
          }
          if (found === Found.wildcard) {
            const encloserLabels = entryName(match.entry).split('.').length - (match.service === delegated ? 0 : 1)
            expect(match.wildLabels).toBe(labels - encloserLabels)
          }
        },
      ),
      { numRuns: 3000 },
    )
  })

  it('finds nothing outside its zones', () => {
    const columns = compileNames([zone], 1, () => 0)
    const wire = name('www.example.org')
    const found = findName(columns, wire, wordsOf(wire), Uint16Array.of(0, 4, 12), 3, wire.length, new NameMatch())
    expect(found).toBe(Found.outside)
  })
})
