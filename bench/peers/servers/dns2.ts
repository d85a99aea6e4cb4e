// A server written with the dns2 package the obvious way. Knows how it is run; what it does stands in dns2-server.ts.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { countries } from '../../../src/geo/countries.ts'
import { addressesOf, nearestSites } from '../sites.ts'
import { nearestOnly } from './expected.ts'
import type { Server } from './model.ts'

const script = fileURLToPath(new URL('../dns2-server.ts', import.meta.url))

export const dns2: Server = {
  key: 'dns2',
  title: 'a server on dns2',
  note: 'loses the client subnet of IPv6, so those get the answer for the resolver',
  // dns2 3.1.1 drops an OPT record whose subnet is an odd number of octets, as an IPv6 /56 is.
  expects: (query) =>
    query.prefix.family === 4
      ? nearestOnly(query)
      : { ...nearestOnly({ ...query, prefix: { ...query.prefix, site: 0 } }), subnet: false },
  async prepare({ directory, port, mmdb }) {
    const table = join(directory, 'addresses.json')
    const entries = [...countries.keys()].map((country) => [country, addressesOf(nearestSites(country)[0])])
    await writeFile(table, JSON.stringify({ ...Object.fromEntries(entries), default: addressesOf(0) }))
    return { argv: [process.execPath, script, String(port), mmdb, table], log: join(directory, 'log') }
  },
}
