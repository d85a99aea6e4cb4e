// What operators may write under `geo`, `regions` and `carriers`. Knows the words, not what they do.
import Type from 'typebox'

const database = 'the database that comes with Nearcast, or the path of an .mmdb file'

const coarsest = { minimum: 8, maximum: 32 }

const overrideSchema = Type.Object(
  {
    country: Type.Optional(Type.String({ reference: 'country', description: 'ISO 3166-1 alpha-2 code.' })),
    carrier: Type.Optional(Type.String({ reference: 'carrier', description: 'Key of a carrier.' })),
    reason: Type.Optional(Type.String({ description: 'Why, for the next person: a ticket, a date.' })),
  },
  { description: 'Where the databases are wrong; what is not given keeps their word.' },
)

export const geoSchema = Type.Object(
  {
    country: Type.String({
      default: 'builtin',
      minLength: 1,
      description: `Country of an address: builtin (${database}). Default: builtin.`,
    }),
    asn: Type.String({
      default: 'builtin',
      minLength: 1,
      description: `AS number of an address: builtin (${database}). Default: builtin.`,
    }),
    city: Type.String({
      default: 'none',
      minLength: 1,
      description: 'Coordinates below country level: the path of an .mmdb file, or none. Default: none.',
    }),
    coarsestScope: Type.Object(
      {
        v4: Type.Integer({ default: 16, ...coarsest, description: 'Prefix length, 8-32. Default: 16.' }),
        v6: Type.Integer({ default: 32, minimum: 16, maximum: 64, description: 'Prefix length, 16-64. Default: 32.' }),
      },
      { default: {}, description: 'An answer never covers more address space than this. Default: /16 and /32.' },
    ),
    finestScope: Type.Object(
      {
        v4: Type.Integer({ default: 24, ...coarsest, description: 'Prefix length, 8-32. Default: 24.' }),
        v6: Type.Integer({ default: 48, minimum: 16, maximum: 64, description: 'Prefix length, 16-64. Default: 48.' }),
      },
      {
        default: {},
        description:
          'Database leaves finer than this take their majority; own networks may go deeper. Default: /24 and /48.',
      },
    ),
    overrides: Type.Record(Type.String(), overrideSchema, {
      default: {},
      keys: 'prefix',
      include: 'map',
      description:
        'Corrections by prefix, the longest first; `include` also reads CSV with the columns prefix,country,carrier,reason.',
    }),
  },
  { default: {}, description: 'Which databases place a client, and how much address space one answer covers.' },
)

const regionSchema = Type.Object({
  continents: Type.Array(Type.Enum(['AF', 'AN', 'AS', 'EU', 'NA', 'OC', 'SA']), {
    default: [],
    description: 'AF, AN, AS, EU, NA, OC, SA: all their countries that no region names itself.',
  }),
  countries: Type.Array(Type.String({ reference: 'country' }), {
    default: [],
    description: 'ISO 3166-1 alpha-2 codes; they win over the continents of other regions.',
  }),
  sites: Type.Array(Type.String({ reference: 'site' }), {
    default: [],
    description: "Sites that belong here; a site that no region names belongs to its country's region.",
  }),
})

/** The text is `rest`; TypeScript has no type for one key beside others of another type. */
export const regionsSchema = Type.Unsafe<Record<string, string | Type.Static<typeof regionSchema>>>(
  Type.Object(
    {
      rest: Type.String({
        reference: 'region',
        description: 'The region that takes every country no other names, and clients of no known country.',
      }),
    },
    {
      additionalProperties: regionSchema,
      keys: 'name',
      description: 'Sets of countries. Every country falls in exactly one; `rest` takes what is left.',
    },
  ),
)

const carrierSchema = Type.Object({
  name: Type.Optional(Type.String({ minLength: 1, description: 'What people call it. Default: its key.' })),
  country: Type.Optional(
    Type.String({
      minLength: 2,
      maxLength: 2,
      description: 'Where most of its clients are: for people, nothing depends on it.',
    }),
  ),
  tier: Type.Integer({
    default: 3,
    minimum: 1,
    maximum: 3,
    description: '1 buys transit from nobody, 2 from some, 3 is everybody else. Default: 3.',
  }),
  asns: Type.Array(Type.Integer({ minimum: 1, maximum: 4294967295 }), {
    minItems: 1,
    description: 'Its AS numbers, siblings included; each belongs to one carrier.',
  }),
})

export const carriersSchema = Type.Record(Type.String(), carrierSchema, {
  default: {},
  keys: 'name',
  include: 'define',
  description: 'Access networks by key: a few under `define`, the many in files under `include`.',
})
