// What operators may write under `server`. Knows the words, not what they do.
import Type from 'typebox'
import { maximumExempt } from './rate-limits.ts'

const cookiesSchema = Type.Object(
  {
    secretFile: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'File with 32 hexadecimal digits, the same at every site that shares an address. Default: a random secret for this process.',
      }),
    ),
    previousSecretFile: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'The secret before it, which is still accepted but signs nothing; for an hour after a change.',
      }),
    ),
  },
  { default: {}, description: 'DNS cookies (RFC 7873, RFC 9018): proof that a client is where it says it is.' },
)

const perSecond = { minimum: 1, maximum: 1_000_000 }

const rateLimitSchema = Type.Object(
  {
    mode: Type.Enum(['enforce', 'log', 'off'], {
      default: 'enforce',
      description: 'log counts what enforce would hold back. Default: enforce.',
    }),
    steeredPerSecond: Type.Integer({
      ...perSecond,
      default: 1000,
      description:
        'Steered answers a second to one source network (IPv4 /24, IPv6 /56) for one block of client addresses. Default: 1000.',
    }),
    otherPerSecond: Type.Integer({
      ...perSecond,
      default: 200,
      description:
        "Other answers a second to one source network: of one name, of one zone's NXDOMAINs, of one error. Default: 200.",
    }),
    totalPerSecond: Type.Integer({
      ...perSecond,
      default: 10_000,
      description: 'All answers a second to one source network, such as a public resolver. Default: 10000.',
    }),
    slip: Type.Integer({
      minimum: 0,
      maximum: 100,
      default: 2,
      description:
        'Of answers over a limit one in so many is sent without records, so that real clients come again over TCP or with a cookie; 0: none. Default: 2.',
    }),
    exempt: Type.Array(Type.String({ reads: 'network' }), {
      default: ['127.0.0.0/8', '::1/128'],
      maxItems: maximumExempt,
      description: 'Networks of clients that are not limited. Default: loopback.',
    }),
  },
  { default: {}, description: 'How many answers over UDP one source network gets; valid cookies and TCP are exempt.' },
)

export const serverSchema = Type.Object(
  {
    identity: Type.String({
      default: 'nearcast',
      minLength: 1,
      maxLength: 63,
      description: "NSID, id.server and hostname.bind CH TXT, and this member's name among sites. Default: nearcast.",
    }),
    version: Type.String({
      default: 'none',
      minLength: 1,
      maxLength: 63,
      description: 'Text of version.bind and version.server CH TXT; none refuses to tell. Default: none.',
    }),
    listen: Type.Array(Type.String({ reads: 'endpoint' }), {
      default: ['127.0.0.1:5300', '[::1]:5300'],
      minItems: 1,
      description:
        'Addresses for UDP and TCP; each is bound on its own, so name every one. Default: 127.0.0.1:5300 and [::1]:5300.',
    }),
    udpThreads: Type.Union([Type.Literal('auto'), Type.Integer({ minimum: 1, maximum: 64 })], {
      default: 'auto',
      description: 'Threads that read UDP, 1-64. Default: auto.',
    }),
    cookies: cookiesSchema,
    rateLimit: rateLimitSchema,
  },
  { default: {}, description: 'Where this server listens and who it says it is.' },
)
