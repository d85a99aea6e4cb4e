// What must hold for every zone file: what is written reads back, and no text makes the reader throw or place anything outside.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { packZoneFile, unpackZoneFile } from '../../src/config/zone-file-cache.ts'
import { parseZoneFile } from '../../src/config/zone-file.ts'
import { Type, typeName } from '../../src/wire/constants.ts'
import { encodeName, formatName, lowerName } from '../../src/wire/name.ts'
import { formatRdata } from '../../src/wire/rdata.ts'
import { name } from '../support/world.ts'

const origin = name('live.example.net')
const begin = { origin, ttlSeconds: null }
const octets = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength })

const label = octets(1, 12).map((bytes) => Uint8Array.of(bytes.length, ...bytes))
const owner = fc
  .array(label, { maxLength: 4 })
  .map((labels) => lowerName(Uint8Array.from([...labels.flatMap((one) => [...one]), ...origin])))
const strings = fc
  .array(octets(0, 40), { minLength: 1, maxLength: 4 })
  .map((parts) => Uint8Array.from(parts.flatMap((part) => [part.length, ...part])))
const data = fc.oneof(
  octets(4, 4).map((rdata) => ({ type: Type.A as number, rdata })),
  octets(16, 16).map((rdata) => ({ type: Type.AAAA as number, rdata })),
  strings.map((rdata) => ({ type: Type.TXT as number, rdata })),
  owner.map((rdata) => ({ type: Type.CNAME as number, rdata })),
  fc.tuple(octets(6, 6), owner).map(([head, target]) => ({
    type: Type.SRV as number,
    rdata: Uint8Array.of(...head, ...target),
  })),
  fc.tuple(fc.integer({ min: 4096, max: 65000 }), octets(0, 60)).map(([type, rdata]) => ({ type, rdata })),
)
const record = fc.record({ owner, ttlSeconds: fc.integer({ min: 0, max: 2147483647 }), data })

/** Blanks as people leave them, where one at least must stand. */
const gap = fc.constantFrom(' ', '\t', '  ', ' (', ' ) ', ' ; x\n')

describe('a zone file', () => {
  it('reads back as it was written, with any blanks, parentheses and comments', () => {
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 8 }),
        fc.array(gap, { minLength: 1, maxLength: 20 }),
        fc.boolean(),
        (records, gaps, ttlFirst) => {
          let text = ''
          let at = 0
          for (const {
            owner: of,
            ttlSeconds,
            data: { type, rdata },
          } of records) {
            const head = ttlFirst ? [String(ttlSeconds), 'IN'] : ['IN', String(ttlSeconds)]
            const words = [formatName(of).replace(/^#/, '\\#'), ...head, typeName(type), formatRdata(type, rdata)]
            let open = false
            for (const [index, word] of words.entries()) {
              let blank = index === 0 ? '' : gaps[at++ % gaps.length]
              if (blank === ' (' && open) blank = ' '
              if (blank === ' ) ' && !open) blank = ' '
              if (blank.endsWith('\n') && !open) blank = ' ( ; x\n'
              open = blank.includes('(') || (open && !blank.includes(')'))
              text += blank + word
            }
            text += open ? ' )\n' : '\n'
          }
          const parsed = parseZoneFile(text, begin)
          expect(parsed.problems).toEqual([])
          const read = parsed.records.map(({ owner: of, ttlSeconds, type, rdata }) => ({
            owner: formatName(of),
            ttlSeconds,
            type,
            rdata: [...rdata],
          }))
          expect(read).toEqual(
            records.map(({ owner: of, ttlSeconds, data: { type, rdata } }) => ({
              owner: formatName(of),
              ttlSeconds,
              type,
              rdata: [...rdata],
            })),
          )
          const kept = unpackZoneFile(packZoneFile(parsed))
          expect(kept?.records.map((one) => ({ ...one, owner: [...one.owner], rdata: [...one.rdata] }))).toEqual(
            parsed.records.map((one) => ({ ...one, owner: [...one.owner], rdata: [...one.rdata] })),
          )
        },
      ),
      { numRuns: 400 },
    )
  })

  it('never throws, and places what it finds inside the text', () => {
    const words = String.raw`@ $TTL $ORIGIN $INCLUDE ( ) " \ ; IN CH 60 1h -1 A TXT SOA LOC NAPTR HTTPS DS TYPE65280 \# 192.0.2.1 a..b x. \256 = alpn="h2 52 22 N`
    const word = fc.constantFrom(...words.split(' '), ' ', '\t', '\n', '\r\n', '\ud800')
    const text = fc.oneof(
      fc
        .array(fc.oneof(word, fc.string({ unit: 'binary', maxLength: 5 })), { maxLength: 60 })
        .map((parts) => parts.join('')),
      fc.array(word, { maxLength: 60 }).map((parts) => parts.join(' ')),
    )
    fc.assert(
      fc.property(text, (content) => {
        const { records, includes, problems, warnings } = parseZoneFile(content, begin)
        for (const { at } of [...records, ...includes, ...problems, ...warnings]) {
          expect(at).toBeGreaterThanOrEqual(0)
          expect(at).toBeLessThanOrEqual(content.length)
        }
        for (const one of records) expect(encodeName(formatName(one.owner))).toEqual(one.owner)
      }),
      { numRuns: 3000 },
    )
  })

  it('is not taken from a cache that holds something else', () => {
    fc.assert(
      fc.property(octets(0, 50), (bytes) => {
        expect(unpackZoneFile(Buffer.from(bytes))).toBeNull()
      }),
    )
  })
})
