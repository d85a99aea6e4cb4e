// What a right answer is, for the servers that were told a site for each country. Knows no server.
import type { Query } from '../queries.ts'
import { addressesOf, answerCount, sites } from '../sites.ts'
import type { Expected } from './model.ts'

const bySite = sites.map((_, site) => {
  const { v4, v6 } = addressesOf(site)
  return { A: new Set(v4), AAAA: new Set(v6) }
})

/** Both addresses of the site nearest to the client's country. */
export function nearestOnly({ prefix, type }: Query): Expected {
  return { addresses: bySite[prefix.site][type], count: answerCount, subnet: true }
}
