// What operators may write under `server`. Knows the words, not what they do.
import Type from 'typebox'

export const serverSchema = Type.Object(
  {
    identity: Type.String({
      default: 'nearcast',
      minLength: 1,
      maxLength: 63,
      description: "NSID, id.server CH TXT, and this member's name among sites. Default: nearcast.",
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
  },
  { default: {}, description: 'Where this server listens and who it says it is.' },
)
