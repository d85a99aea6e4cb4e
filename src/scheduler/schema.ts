// What operators may write under `steering`, `scoring` and `services`. Knows the words, not what they do.
import Type from 'typebox'

const manyOf = <S extends Type.TSchema>(one: S) => Type.Union([one, Type.Array(one, { minItems: 1 })])
const anyOf = (kind: string) => Type.Optional(manyOf(Type.String({ reference: kind })))

const ruleSchema = Type.Object({
  clients: Type.Object(
    {
      carrier: anyOf('carrier'),
      region: anyOf('region'),
      country: anyOf('country'),
      tier: Type.Optional(manyOf(Type.Integer({ minimum: 1, maximum: 3 }))),
      network: Type.Optional(manyOf(Type.String({ reads: 'prefix' }))),
    },
    { default: {}, description: 'Whom it is for: every key must match, inside a key any value. Default: everybody.' },
  ),
  nodes: Type.Object(
    {
      node: anyOf('node'),
      site: anyOf('site'),
      region: anyOf('region'),
      carrier: anyOf('carrier'),
      label: anyOf('label'),
    },
    { minProperties: 1, description: 'Which nodes it is about; read like clients.' },
  ),
  weight: Type.Optional(
    Type.Number({
      minimum: 0,
      maximum: 1000,
      description: 'Multiplies the share of load inside the window; 0 excludes.',
    }),
  ),
  bias: Type.Optional(
    Type.String({ reads: 'signedDuration', description: 'Added to the score: 30ms moves away, -30ms moves near.' }),
  ),
  only: Type.Optional(
    Type.Literal(true, {
      description:
        'These nodes and no others, in every pool that holds one of them; a pool that holds none is not restricted. Several rules intersect.',
    }),
  ),
})

export const steeringSchema = Type.Array(ruleSchema, {
  default: [],
  include: 'list',
  description: 'Every rule whose `clients` match applies: weights multiply, biases add, 0 excludes, `only` restricts.',
})

/** A term of the score, in milliseconds. */
const term = (value: string, description: string) =>
  Type.String({ reads: 'duration', default: value, most: '1h', description: `${description} Default: ${value}.` })

export const scoringSchema = Type.Object(
  {
    rtt: Type.Object(
      {
        perThousandKm: term('16ms', 'Added for each 1,000 km between client and node.'),
        base: term('4ms', 'Added whatever the distance.'),
      },
      { default: {}, description: 'The distance model of round-trip time.' },
    ),
    carrier: Type.Object(
      {
        onNet: term('0ms', "The node reaches the client's carrier on-net."),
        tier1: term('6ms', "It does not, and the client's carrier is of tier 1."),
        tier2: term('14ms', 'Likewise of tier 2.'),
        tier3: term('28ms', 'Likewise of tier 3.'),
        unknown: term('20ms', "The client's carrier is not known."),
      },
      { default: {}, description: "The way between the client's carrier and the node." },
    ),
    region: Type.Object(
      { other: term('40ms', 'The node is in another region than the client.') },
      { default: {}, description: 'Leaving the region.' },
    ),
    price: term('0', "For each unit of a node's price; 0 ignores cost."),
    load: Type.Optional(Type.Never({ notBuilt: 'remove it; until then share load by weight' })),
    stutter: Type.Optional(Type.Never({ notBuilt: 'remove it; until then steer by rules' })),
  },
  {
    default: {},
    description: 'The score of a node for a client is an expected cost in milliseconds: the sum of these.',
  },
)

const serviceSchema = Type.Object({
  pool: Type.String({ reference: 'pool', description: 'The nodes that may answer.' }),
  answers: Type.Integer({
    default: 2,
    minimum: 1,
    maximum: 8,
    description: 'The most addresses in one answer, 1-8. Default: 2.',
  }),
  ttl: Type.Object(
    {
      steady: Type.String({ reads: 'ttl', default: '30s', most: '7d', description: 'Default: 30s.' }),
      changing: Type.String({
        reads: 'ttl',
        default: '10s',
        most: '7d',
        description: 'While a node of the window is suspect or ramping. Default: 10s.',
      }),
    },
    { default: {}, description: 'How long resolvers may keep an answer.' },
  ),
  spread: Type.String({
    reads: 'duration',
    default: '15ms',
    most: '1h',
    description: 'Nodes within this of the best available share the load by weight. Default: 15ms.',
  }),
  familyGap: Type.String({
    reads: 'duration',
    default: '20ms',
    most: '1h',
    description: 'A family is answered only if its nodes are this near the best of either. Default: 20ms.',
  }),
  locality: Type.Enum(['stream', 'none'], {
    default: 'none',
    description: "stream: a stream's name picks the same `copies` nodes in each window. Default: none.",
  }),
  copies: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 8,
      description: "Nodes a stream's name picks in each window, 1-8, with locality: stream. Default: 2.",
    }),
  ),
  https: Type.Optional(
    Type.Object(
      {
        alpn: Type.Array(Type.Enum(['h3', 'h2', 'http/1.1']), {
          default: ['h3', 'h2'],
          minItems: 1,
          description: 'Protocols, the preferred first; h3 only where a quic probe passes. Default: [h3, h2].',
        }),
        port: Type.Integer({ default: 443, minimum: 1, maximum: 65535, description: 'Default: 443.' }),
      },
      { description: 'HTTPS records beside A and AAAA. Default: none.' },
    ),
  ),
  target: Type.Optional(
    Type.Boolean({
      description:
        'true: the answer is a CNAME to the `target` of one node, whatever type is asked for, in place of addresses. Every node of ' +
        'the pool needs a target; not at the apex of a zone. Default: false.',
    }),
  ),
})

export const servicesSchema = Type.Record(Type.String(), serviceSchema, {
  keys: 'name',
  include: 'map',
  description: 'Policies that bind steered names to a pool.',
})
