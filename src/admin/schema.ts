// What operators may write under `admin`. Knows the words, not what they do.
import Type from 'typebox'

const tokenSchema = Type.Object({
  name: Type.String({
    minLength: 1,
    maxLength: 63,
    description: 'Who uses it: named in the log beside what was done.',
  }),
  role: Type.Enum(['viewer', 'reporter', 'operator'], {
    description: 'viewer reads, reporter also sends reports, operator also sets overrides.',
  }),
  secretFile: Type.String({
    minLength: 1,
    description: 'File that holds the secret, relative to the file that names it.',
  }),
})

export const adminSchema = Type.Object(
  {
    listen: Type.String({
      reads: 'endpoint',
      default: '127.0.0.1:8053',
      description: 'Address of the HTTP interface; anything but loopback requires tokens. Default: 127.0.0.1:8053.',
    }),
    tokens: Type.Array(tokenSchema, { default: [], description: 'Bearer tokens. Default: none.' }),
  },
  { default: {}, description: 'The HTTP interface for people and scripts.' },
)
