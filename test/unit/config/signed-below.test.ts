// Signed zones one below the other, both served here: what the one above has to say of the keys of the one below.
import { expect, it } from 'vitest'
import { sayings } from './load-files.ts'
import type { Case } from './load-files.ts'

/** Signed zones, one below the other, with these records in the one above. */
function above(...records: readonly string[]): Pick<Case, 'from' | 'to'> {
  const zone = (key: string, more: string): string =>
    `  ${key}:\n    soa: { mname: ns1.example.org, rname: host.example.net }\n    ns: { ns1.example.org: [], ns2.example.org: [] }\n    dnssec: { keys: keys }\n${more}`
  const lines = records.map((record) => `      - '${record}'\n`).join('')
  const more = lines === '' ? '' : `    records:\n${lines}`
  return { from: 'zones:\n', to: `zones:\n${zone('kid.example.net', '')}${zone('example.net', more)}` }
}

const signed: readonly Case[] = [
  {
    title: 'a signed zone below another one that has no DS of it',
    ...above(),
    warnings: [
      '25:13: kid.example.net is signed, but example.net above it, which is signed and served here too, has no DS of it, so resolvers take it ' +
        'for unsigned: write there the DS that `nearcast delegation kid.example.net` gives, from when it says',
    ],
  },
  {
    title: 'nothing of a DS beside which no NS stands, as the zone below is served here too',
    ...above(`kid DS 1 8 2 ${'ab'.repeat(32)}`),
  },
]

it.each(signed)('says $title', async (one) => {
  const { problems = [], warnings = [] } = one
  expect(await sayings(one)).toEqual({ problems, warnings })
})
