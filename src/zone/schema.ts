// What operators may write under `zones`. Knows the words, not what they do.
import Type from 'typebox'

const seconds = (value: string, description: string) =>
  Type.String({ reads: 'ttl', default: value, description: `${description} Default: ${value}.` })

const dnssecSchema = Type.Object(
  {
    keys: Type.String({
      minLength: 1,
      description: 'Directory of the keys, relative to this file; `nearcast keys` makes and rolls them.',
    }),
    algorithm: Type.Union([Type.Literal('ecdsap256'), Type.Literal('ed25519')], {
      default: 'ecdsap256',
      description: 'Of new keys: ecdsap256 or ed25519. Default: ecdsap256.',
    }),
    keyTtl: seconds('1h', 'DNSKEY, CDS and CDNSKEY records; a roll waits for it.'),
    validity: Type.String({
      reads: 'duration',
      default: '14d',
      least: '2d',
      most: '90d',
      description: 'How long a signature holds; it is made anew when a quarter of that is left. Default: 14d.',
    }),
    parentDsTtl: seconds(
      '1d',
      'TTL of the DS record at the parent, where a roll waits for the old one to be forgotten.',
    ),
    propagation: Type.String({
      reads: 'duration',
      default: '1h',
      least: '1m',
      description: 'Until every server of the zone answers what was changed, for rolls; at least 1m. Default: 1h.',
    }),
    leave: Type.Boolean({
      default: false,
      description:
        'true: the zone is to be unsigned soon, so CDS and CDNSKEY ask the parent to remove its DS. Once that is gone, and its TTL ' +
        'over, remove `dnssec`: `nearcast keys list` says how long that takes. Default: false.',
    }),
  },
  { description: 'Signs the zone with the keys in a directory.' },
)

const zoneSchema = Type.Object({
  soa: Type.Optional(
    Type.Object(
      {
        mname: Type.String({ reads: 'domain', description: 'Name of the primary server.' }),
        rname: Type.String({
          reads: 'domain',
          description: 'Mailbox of the person in charge, the first dot for the @.',
        }),
        refresh: seconds('2h', 'How often secondaries look for a new serial.'),
        retry: seconds('30m', 'How soon they look again after a failure.'),
        expire: seconds('14d', 'When they give up.'),
      },
      { description: 'Start of authority; the serial is the epoch. Needed where no zone file has a SOA.' },
    ),
  ),
  ns: Type.Optional(
    Type.Record(Type.String(), Type.Array(Type.String({ reads: 'address' })), {
      keys: 'domain',
      minProperties: 1,
      description:
        'What a registrar is given: names of servers, with their addresses where the name lies in this zone. Needed where no ' +
        'zone file has NS records for the zone itself.',
    }),
  ),
  ttl: Type.Object(
    {
      ns: seconds('1d', 'NS records and their addresses.'),
      static: seconds('1h', 'Records that say no TTL of their own.'),
      negative: Type.Optional(
        Type.String({
          reads: 'ttl',
          description:
            'How long resolvers remember that something does not exist. Default: what the SOA of the zone file says, else 5s.',
        }),
      ),
    },
    { default: {}, description: 'How long resolvers may keep what is not steered.' },
  ),
  names: Type.Record(Type.String(), Type.String({ reference: 'service' }), {
    default: {},
    keys: 'owner',
    description: 'Steered names, relative to the zone, and the service that answers each; a wildcard begins with *.',
  }),
  records: Type.Array(Type.String(), {
    default: [],
    description:
      "Static records in presentation format: 'owner [TTL] TYPE rdata', @ is the zone itself; NS below it delegates.",
  }),
  zoneFile: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'A file in master format (RFC 1035 section 5) with more static records, by its path from here. Its SOA and NS stand for ' +
        '`soa` and `ns`; the serial is the epoch all the same.',
    }),
  ),
  dnssec: Type.Optional(dnssecSchema),
  debug: Type.Optional(
    Type.Boolean({
      description:
        'true: TXT of `_nearcast.` before a steered name tells anybody who asks which nodes they get there and why, with TTL 0. Default: ' +
        'false.',
    }),
  ),
})

export const zonesSchema = Type.Record(Type.String(), zoneSchema, {
  keys: 'domain',
  include: 'map',
  description: 'What is served, by zone name.',
})
