// Names every server is asked for, so that their answers can be compared: a few of each kind a zone has. Asks nobody.
import { parsePrefix, type Prefix } from '../../ip/prefix.ts'
import { Type, typeName } from '../../wire/constants.ts'
import { formatName } from '../../wire/name.ts'
import { inWords, sameBytes } from '../dns-records.ts'
import { isWithin, type Wanted } from './wanted.ts'

/** A question, and its answer where the configuration alone says it. */
export interface Sample {
  /** Without the final dot. */
  readonly name: string
  readonly owner: Uint8Array
  readonly type: number
  readonly subnet: Prefix | null
  /** For people: `play.live.example.net. A`. */
  readonly text: string
  /** In words; null when it depends on more than the configuration, and only has to be the same everywhere. */
  readonly expected: string | null
}

/** How many of each kind. */
const most = { glue: 8, records: 4, steered: 2 }
const wildcardLabel = 'nearcast-delegation'
/** Over IPv4 and IPv6 we may seem to be in two places, so all are asked for one network: of a root server, which databases know. */
const oneClient = '198.41.0.0/24'

/** The NS set, addresses of name servers, some other records, some steered names. */
export function samplesOf({ zone, servers }: Wanted): Sample[] {
  const cuts = zone.staticRRsets.filter(({ owner, type }) => type === Type.NS && !sameBytes(owner, zone.apex))
  const known = zone.staticRRsets
    .filter(({ owner, type }) => type !== Type.SOA && !(owner[0] === 1 && owner[1] === 0x2a))
    .filter(({ owner }) => !cuts.some((cut) => isWithin(owner, cut.owner)))
    .map(({ owner, type, rdatas }) => sample(owner, type, inWords(type, rdatas)))
  const isAddressOfServer = ({ owner, type }: Sample): boolean =>
    (type === Type.A || type === Type.AAAA) && servers.some(({ name }) => name === formatName(owner))
  const isApexNs = ({ owner, type }: Sample): boolean => type === Type.NS && sameBytes(owner, zone.apex)
  const subnet = parsePrefix(oneClient)
  const steered = zone.steeredNames.slice(0, most.steered).map(({ owner }) => {
    const asked = owner[0] === 1 && owner[1] === 0x2a ? belowWildcard(owner) : owner
    return { ...sample(asked, Type.A, null), subnet: 'error' in subnet ? null : subnet }
  })
  return [
    ...known.filter(isApexNs),
    ...known.filter(isAddressOfServer).slice(0, most.glue),
    ...known.filter((one) => !isApexNs(one) && !isAddressOfServer(one)).slice(0, most.records),
    ...steered,
  ]
}

function sample(owner: Uint8Array, type: number, expected: string | null): Sample {
  const text = formatName(owner)
  return { name: text.slice(0, -1), owner, type, subnet: null, text: `${text} ${typeName(type)}`, expected }
}

function belowWildcard(owner: Uint8Array): Uint8Array {
  const label = Buffer.from(wildcardLabel)
  return Uint8Array.from(Buffer.concat([Uint8Array.of(label.length), label, owner.subarray(2)]))
}
