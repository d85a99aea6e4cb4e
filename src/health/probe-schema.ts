// What operators may write under `probes`. Knows the words, not what they do.
import Type from 'typebox'

const ports = { minimum: 1, maximum: 65535 }

const counts = (fall: number) => ({
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

const every = (interval: string, what: string) =>
  Type.String({
    reads: 'duration',
    default: interval,
    least: '100ms',
    most: '1h',
    description: `${what} Default: ${interval}.`,
  })

const timing = (interval: string, timeout: string, fall: number) => ({
  interval: every(interval, 'Between two rounds, jittered.'),
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
  ...counts(fall),
})

const certificate = {
  verify: Type.Boolean({ default: true, description: 'Validate chain and name of the certificate. Default: true.' }),
  certificateDays: Type.Integer({
    default: 0,
    minimum: 0,
    maximum: 365,
    description: 'Days the certificate must still be valid; 0 only asks that it is. Default: 0.',
  }),
}

const url = Type.String({
  reads: 'probeUrl',
  standIn: '',
  description: "What to fetch, with {address} for the node's address.",
})

const host = (meant: string, otherwise: string) =>
  Type.Optional(Type.String({ reads: 'host', description: `${meant}. Default: ${otherwise}.` }))

const fetching = {
  url,
  host: host('Host header and TLS server name', "the URL's"),
  http2: Type.Boolean({ default: false, description: 'Speak HTTP/2 and nothing else. Default: false, HTTP/1.1.' }),
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

const streaming = { url, host: fetching.host, ...certificate }

const tcpSchema = Type.Object({
  type: Type.Literal('tcp'),
  port: Type.Integer({ ...ports, standIn: 1, description: 'Port to connect to.' }),
  ...timing('2s', '400ms', 5),
})

const tlsSchema = Type.Object({
  type: Type.Literal('tls'),
  port: Type.Integer({ ...ports, default: 443, description: 'Port to connect to. Default: 443.' }),
  host: host('Server name, which the certificate must be for', "the node's address"),
  alpn: Type.Array(Type.String({ minLength: 1, maxLength: 255 }), {
    default: [],
    maxItems: 8,
    description: 'Protocols to offer, such as h2; one must be agreed on. Default: none is asked for.',
  }),
  ...certificate,
  ...timing('2s', '1s', 3),
})

const httpSchema = Type.Object({ type: Type.Literal('http'), ...fetching, ...timing('2s', '1s', 3) })

const httpsSchema = Type.Object({ type: Type.Literal('https'), ...fetching, ...certificate, ...timing('2s', '1s', 3) })

const hlsSchema = Type.Object({ type: Type.Literal('hls'), ...streaming, ...timing('2s', '1s', 3) })

const httpFlvSchema = Type.Object({ type: Type.Literal('httpflv'), ...streaming, ...timing('5s', '2s', 3) })

const rtmpKeys = {
  host: host('Name to connect to and, with rtmps, server name', "the node's address"),
  app: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      description: 'Application to connect to. Default: none, the handshake is enough.',
    }),
  ),
}

const rtmpSchema = Type.Object({
  type: Type.Literal('rtmp'),
  port: Type.Integer({ ...ports, default: 1935, description: 'Port to connect to. Default: 1935.' }),
  ...rtmpKeys,
  ...timing('2s', '1s', 3),
})

const rtmpsSchema = Type.Object({
  type: Type.Literal('rtmps'),
  port: Type.Integer({ ...ports, default: 443, description: 'Port to connect to. Default: 443.' }),
  ...rtmpKeys,
  ...certificate,
  ...timing('2s', '1s', 3),
})

const srtSchema = Type.Object({
  type: Type.Literal('srt'),
  port: Type.Integer({ ...ports, standIn: 1, description: 'UDP port of the listener.' }),
  ...timing('2s', '1s', 3),
})

const quicSchema = Type.Object({
  type: Type.Literal('quic'),
  port: Type.Integer({ ...ports, default: 443, description: 'UDP port. Default: 443.' }),
  path: Type.Optional(
    Type.String({
      reads: 'path',
      maxLength: 4096,
      description:
        'Path to fetch over HTTP/3; takes the optional package @matrixai/quic. Default: none, to be offered QUIC is enough.',
    }),
  ),
  host: host('With path: authority and TLS server name', "the node's address"),
  status: fetching.status,
  ...certificate,
  ...timing('5s', '1s', 3),
})

const reportSchema = Type.Object({
  type: Type.Literal('report'),
  interval: every('10s', 'How often the node reports; silence for `fall` of them is failure.'),
  ...counts(3),
})

export const probesSchema = Type.Record(
  Type.String(),
  Type.Union(
    [
      tcpSchema,
      tlsSchema,
      httpSchema,
      httpsSchema,
      hlsSchema,
      httpFlvSchema,
      rtmpSchema,
      rtmpsSchema,
      srtSchema,
      quicSchema,
      reportSchema,
    ],
    {
      discriminator: 'type',
      description: 'One measurement: type tcp, tls, http, https, hls, httpflv, rtmp, rtmps, srt, quic or report.',
    },
  ),
  { default: {}, keys: 'name', description: 'Measurements by key; nodes and sites name the ones that must pass.' },
)
