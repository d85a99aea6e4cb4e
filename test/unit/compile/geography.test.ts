// Worlds under their names: a database that changes while it is read is never kept under the name of what it was before.
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Cache } from '../../../src/compile/cache.ts'
import { geographyOf, type Geography } from '../../../src/compile/geography.ts'
import type { Config } from '../../../src/config/config.ts'
import { loadConfig } from '../../../src/config/load.ts'
import { mmdb } from '../../support/mmdb-writer.ts'
import { tiny, type Tiny } from '../../support/tiny.ts'

let site: Tiny
let config: Config

beforeEach(async () => {
  site = tiny()
  const loaded = await loadConfig(site.configPath)
  if (loaded.config === null) throw new Error(JSON.stringify(loaded.problems))
  config = loaded.config
})
afterEach(() => site.remove())

/** Puts a database in place that knows one network, as operators do. */
function put(country: string, network = 1): void {
  const file = join(site.directory, 'country.mmdb')
  const records = { [`${network}.0.0.0/8`]: { country: { iso_code: country } } }
  writeFileSync(`${file}.new`, mmdb({ type: 'GeoLite2-Country', records }))
  renameSync(`${file}.new`, file)
}

function read(onProgress = (): void => {}): Promise<Geography> {
  return geographyOf({
    input: { settings: config.geo, carriers: config.carriers, networks: [], onProgress },
    coarsest: config.geo.coarsestScope,
    cache: Cache.open(site.cacheDirectory, () => {}),
    heldKey: null,
    blocksPath: join(site.directory, `blocks-${Math.random()}`),
  })
}

function countriesOf({ world }: Geography): (string | null)[] {
  return world.places.map(({ country }) => country)
}

it('is what was read, also where that came in the place of what was there', async () => {
  put('AU')
  let steps = 0
  // The first step comes after the world was named and before the databases are read.
  const found = await read(() => void (steps++ === 0 && put('NZ')))
  expect(countriesOf(found)).toContain('NZ')
  put('AU')
  const back = await read()
  expect(countriesOf(back)).toContain('AU')
  expect(back.key).not.toBe(found.key)
})

it('is refused while there is no end of changes', async () => {
  let changes = 0
  const reading = read(() => put('AU', ++changes))
  await expect(reading).rejects.toMatchObject({ code: 'NC_DATABASE' })
})
