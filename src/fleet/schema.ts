// What operators may write under `sites`, `nodes` and `pools`. Knows the words, not what they do.
import Type from 'typebox'

const role = Type.Enum(['edge', 'origin'], {
  description: 'An edge serves viewers, an origin serves edges. Default: edge.',
})

/** What a node says of itself or its site says for all of its nodes. */
const traits = {
  role: Type.Optional(role),
  carriers: Type.Optional(
    Type.Array(Type.String({ reference: 'carrier' }), {
      description: 'Carriers reached on-net. Default: none.',
    }),
  ),
  capacity: Type.Optional(Type.String({ reads: 'rate', description: 'What it can send, e.g. 40Gbps.' })),
  price: Type.Optional(
    Type.Number({
      minimum: 0,
      description: 'Per Mbps at the 95th percentile, any one currency. Default: 0.',
    }),
  ),
  weight: Type.Optional(
    Type.Number({
      minimum: 0,
      maximum: 100000,
      description: 'Share of load inside a window; 0 takes none. Default: capacity in Gbps, else 1.',
    }),
  ),
  labels: Type.Optional(
    Type.Array(Type.String({ reads: 'name' }), {
      description: 'Words of your own, for pools and steering. Default: none.',
    }),
  ),
  probes: Type.Optional(
    Type.Array(Type.String({ reference: 'probe' }), { description: 'Probes that must pass. Default: none.' }),
  ),
}

const siteSchema = Type.Object({
  country: Type.String({ reference: 'country', description: 'ISO 3166-1 alpha-2 code.' }),
  at: Type.Optional(
    Type.Tuple([Type.Number({ minimum: -90, maximum: 90 }), Type.Number({ minimum: -180, maximum: 180 })], {
      description: '[latitude, longitude] in degrees. Default: unknown.',
    }),
  ),
  nodeDefaults: Type.Object(traits, {
    default: {},
    description: 'What the nodes here have unless they say otherwise.',
  }),
})

const nodeSchema = Type.Object({
  site: Type.String({ reference: 'site', standIn: '', description: 'Where it stands.' }),
  addresses: Type.Array(Type.String({ reads: 'address' }), {
    minItems: 1,
    maxItems: 2,
    description: 'One IPv4 address, one IPv6 address, or one of each.',
  }),
  target: Type.Optional(
    Type.String({
      reads: 'domain',
      description:
        'Its name, for services that answer with names (`target: true`). Addresses are what probes ask all the same.',
    }),
  ),
  ...traits,
})

const manyOf = (one: Type.TString) => Type.Union([one, Type.Array(one, { minItems: 1 })])

const poolSchema = Type.Object(
  {
    role: Type.Optional(role),
    sites: Type.Optional(manyOf(Type.String({ reference: 'site' }))),
    labels: Type.Optional(manyOf(Type.String({ reference: 'label' }))),
    nodes: Type.Optional(manyOf(Type.String({ reference: 'node' }))),
  },
  { description: 'The nodes that match every key given; inside a key any value will do.' },
)

export const sitesSchema = Type.Record(Type.String(), siteSchema, {
  keys: 'name',
  description: 'Data centres by key.',
})

export const nodesSchema = Type.Record(Type.String(), nodeSchema, {
  keys: 'name',
  include: 'map',
  description: 'The node table by name: edges for viewers, origins for edges.',
})

export const poolsSchema = Type.Record(Type.String(), poolSchema, {
  keys: 'name',
  description: 'Sets of nodes that services answer from.',
})
