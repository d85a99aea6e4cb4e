// What operators may write under `zones`. Knows the words, not what they do.
import Type from 'typebox'

const seconds = (value: string, description: string) =>
  Type.String({ reads: 'ttl', default: value, description: `${description} Default: ${value}.` })

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
  dnssec: Type.Optional(Type.Never({ notBuilt: 'remove it; the zone is served unsigned' })),
})

export const zonesSchema = Type.Record(Type.String(), zoneSchema, {
  keys: 'domain',
  include: 'map',
  description: 'What is served, by zone name.',
})
