// What operators may write under `probes` and `health`. Knows the words, not what they do.
import Type from 'typebox'

const timing = (timeout: string, fall: number) => ({
  interval: Type.String({
    reads: 'duration',
    default: '2s',
    least: '100ms',
    most: '1h',
    description: 'Between two rounds, jittered. Default: 2s.',
  }),
  timeout: Type.String({
    reads: 'duration',
    default: timeout,
    least: '10ms',
    most: '1m',
    description: `When a try has failed; at most the interval. Default: ${timeout}.`,
  }),
  confirm: Type.String({
    reads: 'duration',
    default: '150ms',
    least: '10ms',
    most: '1m',
    description: 'After a first failure, further tries overlap at this distance. Default: 150ms.',
  }),
  fall: Type.Integer({
    default: fall,
    minimum: 1,
    maximum: 100,
    description: `Failures in a row to go down. Default: ${fall}.`,
  }),
  rise: Type.Integer({
    default: 5,
    minimum: 1,
    maximum: 100,
    description: 'Successes in a row to come back. Default: 5.',
  }),
  required: Type.Boolean({ default: true, description: 'false: informs, never removes a node. Default: true.' }),
})

const fetching = {
  url: Type.String({ reads: 'probeUrl', description: "What to fetch, with {address} for the node's address." }),
  host: Type.Optional(
    Type.String({ reads: 'host', description: "Host header and TLS server name. Default: the URL's." }),
  ),
  status: Type.Union(
    [
      Type.Integer({ minimum: 100, maximum: 599 }),
      Type.Array(Type.Integer({ minimum: 100, maximum: 599 }), { minItems: 1 }),
    ],
    { default: 200, description: 'Status codes that pass. Default: 200.' },
  ),
  bodyContains: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 4096,
      description: 'Text the first 64 KiB of the body must contain. Default: any.',
    }),
  ),
}

const tcpSchema = Type.Object({
  type: Type.Literal('tcp'),
  port: Type.Integer({ minimum: 1, maximum: 65535, description: 'Port to connect to.' }),
  ...timing('400ms', 5),
})

const httpSchema = Type.Object({ type: Type.Literal('http'), ...fetching, ...timing('1s', 3) })

const httpsSchema = Type.Object({
  type: Type.Literal('https'),
  ...fetching,
  verify: Type.Boolean({ default: true, description: 'Validate chain and name of the certificate. Default: true.' }),
  certificateDays: Type.Integer({
    default: 0,
    minimum: 0,
    maximum: 365,
    description: 'Days the certificate must still be valid; 0 only asks that it is. Default: 0.',
  }),
  ...timing('1s', 3),
})

const later = 'remove it, or probe the port with type tcp'

export const probesSchema = Type.Record(
  Type.String(),
  Type.Union([tcpSchema, httpSchema, httpsSchema], {
    discriminator: 'type',
    notBuiltYet: {
      hls: 'remove it, or fetch the playlist with type http and bodyContains: "#EXTM3U"',
      httpflv: 'remove it, or ask for the status with type http',
      quic: 'remove it; until then h3 is not offered',
      report: 'remove it, or ask for the status with type http',
      rtmp: later,
      srt: 'remove it; a listener of SRT has no TCP port, so probe another service of the node',
      tls: 'remove it, or use type https',
    },
    description: 'One measurement: type tcp, http or https.',
  }),
  { default: {}, keys: 'name', description: 'Measurements by key; nodes and sites name the ones that must pass.' },
)

export const healthSchema = Type.Object(
  {
    references: Type.Optional(Type.Never({ notBuilt: 'remove it' })),
    removalBudget: Type.Optional(Type.Never({ notBuilt: 'remove it; when a whole rank is down all of it answers' })),
    slowStart: Type.Optional(Type.Never({ notBuilt: 'remove it; a higher `rise` holds a node back longer' })),
    flapping: Type.Optional(Type.Never({ notBuilt: 'remove it; a higher `rise` holds a node back longer' })),
  },
  { default: {}, description: 'Guards above single probes.' },
)
