// What a scenario file may say: one schema that checks the files and gives their types. Knows no daemon.
//
// Names are relative to live.example.net unless they end with a dot. An address of a node is written as the node's name.
// In expected texts * stands for anything and {epoch} for the number of the snapshot that answers.
import Type from 'typebox'

const closed = { additionalProperties: false }
const object = <T extends Type.TProperties>(properties: T) => Type.Partial(Type.Object(properties), closed)
const text = Type.String()
const texts = Type.Array(text)
const oneOrMore = Type.Union([text, texts])
const whole = Type.Integer({ minimum: 0 })

const messageParts = {
  /** {n} counts from 0 where `times` is given; likewise in `subnet` and `from`. */
  name: text,
  type: text,
  class: text,
  /** `198.51.100.0/24`, or `0` for dig's +subnet=0. */
  subnet: Type.Union([text, Type.Literal(0)]),
  /** Data of client subnet options in hexadecimal, for what no subnet can say. */
  ecs: oneOrMore,
  /** Data of other options in hexadecimal, by code. */
  options: Type.Record(Type.String({ pattern: '^\\d+$' }), text),
  edns: Type.Boolean(),
  udpSize: whole,
  version: whole,
  dnssecOk: Type.Boolean(),
  nsid: Type.Boolean(),
  /** How many OPT records the query has. */
  opts: whole,
  opcode: whole,
  flags: texts,
  /** The whole message in hexadecimal instead of all that. */
  hex: text,
}

const askSchema = object({
  ...messageParts,
  via: Type.Enum(['udp', 'tcp']),
  over: Type.Enum(['ipv4', 'ipv6']),
  /** The resolver's address on this machine. */
  from: text,
  times: whole,
})

/** What an answer must be; what is not mentioned is not looked at, but for what holds for every answer (expectations.ts). */
const answerSchema = object({
  /** No answer comes at all. */
  none: Type.Literal(true),
  /** NOERROR when left out. */
  rcode: text,
  /** All records of the section, or how many of which. */
  answers: Type.Union([texts, object({ count: whole, from: texts, has: texts })]),
  scope: Type.Union([whole, Type.Literal('none')]),
  ttl: Type.Union([whole, Type.Array(whole)]),
  /** Of aa, tc, ra, ad, cd and z exactly these; when left out: aa with NOERROR and NXDOMAIN, else none. */
  flags: texts,
  authority: texts,
  authorityTtl: whole,
  additional: texts,
  /** Code and text of an extended error; none when left out. */
  ede: text,
  nsid: text,
  /** The question is not repeated, because it could not be read. */
  noQuestion: Type.Literal(true),
  /** Over all answers of `times`. */
  across: object({
    /** Exactly these nodes were named. */
    seen: texts,
    /** So many different answers. */
    distinct: whole,
    /** Parts of the answers that name a node: [from, to]. */
    shares: Type.Record(text, Type.Tuple([Type.Number(), Type.Number()])),
  }),
})

const stepSchema = object({
  note: text,
  ask: askSchema,
  /** Queries over one TCP connection. */
  conversation: object({
    asks: Type.Array(object({ ...messageParts, expect: answerSchema })),
    /** One write for all, one a query, one a byte, or two a query: its length, then the rest. */
    writes: Type.Enum(['one', 'each', 'bytes', 'prefix']),
    /** Closes our half after the last query; the server has to close the other one when all is answered. */
    finish: Type.Literal(true),
    /** The server ends the conversation by itself. */
    closed: Type.Literal(true),
  }),
  /** By name of a node, or `name v6` for one of two addresses, or by address. */
  edge: object({
    stop: oneOrMore,
    start: oneOrMore,
    freeze: oneOrMore,
    thaw: oneOrMore,
    status: Type.Record(text, whole),
    body: Type.Record(text, text),
    /** Serves one live stream, the same everywhere; then the stream stands still there. */
    live: oneOrMore,
    stall: oneOrMore,
    /** While `while` is probed several times more, `quiet` is probed no more. */
    quiet: text,
    while: text,
  }),
  /** Writes files; what a running daemon makes of them is `reload`. */
  change: object({
    /** Merged into the configuration: maps by key, null takes a key away. */
    config: Type.Record(text, Type.Any()),
    /** Whole files beside it; null removes one. */
    files: Type.Record(text, Type.Union([text, Type.Null()])),
  }),
  signal: Type.Enum(['SIGHUP']),
  /** The reload that this step causes. */
  reload: Type.Enum(['accepted', 'refused']),
  messages: texts,
  restart: Type.Literal(true),
  /** A call such as `PUT /v1/overrides/hkg-1`. */
  admin: text,
  body: Type.Any(),
  headers: Type.Record(text, text),
  expect: Type.Any(),
  /** What moved while the step ran. A family that is named moved nowhere else. */
  counters: Type.Record(text, Type.Union([Type.Integer(), text])),
  /** What metrics say after it. */
  metrics: Type.Record(text, Type.Union([Type.Number(), text])),
  /** Looks again until all is as expected, for so many seconds. */
  within: Type.Number(),
})

const adminReplySchema = object({ status: whole, json: Type.Any(), has: texts })

export const scenarioSchema = Type.Object(
  {
    title: text,
    base: Type.Enum(['world', 'edges']),
    config: Type.Optional(Type.Record(text, Type.Any())),
    files: Type.Optional(Type.Record(text, text)),
    /** A key of live.example.net lies in the directory `keys`, made for this run, in use and asked for by CDS. */
    key: Type.Optional(Type.Enum(['ecdsap256', 'ed25519'])),
    /** Nobody has made a directory for the daemon's state, as on a machine that never ran one. */
    freshState: Type.Optional(Type.Literal(true)),
    steps: Type.Array(stepSchema, { minItems: 1 }),
  },
  closed,
)

export const expectSchemas = { ask: answerSchema, admin: adminReplySchema }

/** What a step does: one of these, or it only looks at `metrics`. */
export const verbs = ['ask', 'conversation', 'edge', 'change', 'signal', 'restart', 'admin'] as const

export type Scenario = Type.Static<typeof scenarioSchema>
export type Step = Type.Static<typeof stepSchema>
export type Ask = Type.Static<typeof askSchema>
export type ExpectedAnswer = Type.Static<typeof answerSchema>
export type ExpectedReply = Type.Static<typeof adminReplySchema>
export type Conversing = NonNullable<Step['conversation']>
