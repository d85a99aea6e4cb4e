// Why this answer: asks the real query path and says what it did. Changes and counts nothing.
import { NearcastError } from '../errors.ts'
import { formatAddress, parseAddress } from '../ip/address.ts'
import { formatPrefix, prefixOf } from '../ip/prefix.ts'
import { answer, Transport } from '../server/answer.ts'
import { Client } from '../server/client.ts'
import { createProtection } from '../server/protection.ts'
import { State } from '../server/state.ts'
import { isSteeredType } from '../server/steered.ts'
import { createCounters } from '../telemetry/counters.ts'
import { rcodeName, Type, typeName, typeNumber } from '../wire/constants.ts'
import { formatName } from '../wire/name.ts'
import { headerLength } from '../wire/triage.ts'
import { delegated, nameOf, noService } from '../zone/name-table.ts'
import { candidates, type Candidate, type ExplainInput } from './candidates.ts'
import { describeCell } from './directory.ts'
import { encodeQuery } from './explain-query.ts'

/** As text and in wire form it has the same length. */
const debugLabel = '_nearcast.'

export interface ExplainQuestion {
  /** An address, as a resolver would send it in ECS. */
  readonly client: string
  readonly name: string
  readonly type: string
}

export interface Explanation {
  readonly epoch: number
  readonly client: string
  readonly name: string
  readonly type: string
  readonly rcode: string
  readonly service: string | null
  /** The zone whose servers are referred to, or whose DS is asked for; null when the name is ours. */
  readonly delegation: string | null
  /** Null when the name is not steered: then nobody's place is looked up. */
  readonly cell: { readonly index: number; readonly description: string; readonly region: string } | null
  /** The block the client lies in, as a prefix. */
  readonly block: string | null
  /** Scope prefix-length of the answer, in the client's family. */
  readonly scope: number
  readonly failedOpen: boolean
  readonly moving: boolean
  /** Of the addresses; null when there are none. */
  readonly ttlSeconds: number | null
  /** Names of the nodes in the answer. */
  readonly answer: readonly string[]
  readonly candidates: readonly Candidate[]
}

/** Explains the answer to one question; throws NC_BAD_REQUEST when the question cannot be asked. */
export function explain(input: ExplainInput, question: ExplainQuestion): Explanation {
  const { config, directory, published } = input
  const client = parseAddress(question.client)
  if (client === null) throw bad(`client: '${question.client}' is not an IPv4 or IPv6 address`)
  const type = typeNumber(question.type.toUpperCase())
  if (type === null) throw bad(`type: '${question.type}' is not a record type; A, AAAA and HTTPS are steered`)
  refuseDebugName(input, question.name, client)
  // A CNAME is what every type is answered with where there is one, and asking for it follows none.
  const alias = pose(input, question.name, Type.CNAME, client)
  const named = alias.service !== noService && alias.state.tables.serviceTarget[alias.service] !== 0
  const { state, service, below, rcode } = named ? alias : pose(input, question.name, type, client)
  const steered = named || (service !== noService && isSteeredType(state.tables, service, type))
  const family = (named ? state.picked.count === 0 : type === Type.AAAA) ? 6 : 4
  const picked = family === 6 ? state.pickedV6 : state.picked
  const chosen = steered ? [...picked.nodes.subarray(0, picked.count)] : []
  return {
    epoch: published.epoch,
    client: formatAddress(client),
    name: question.name,
    type: typeName(type),
    rcode,
    service: service === noService ? null : config.services[service].key,
    delegation: below ? formatName(nameOf(state.tables, state.match.entry)).slice(0, -1) : null,
    cell: steered ? cellOf(input, state) : null,
    block: steered ? formatPrefix(prefixOf(client, state.located.scope)) : null,
    scope: state.reply.scope,
    failedOpen: steered && picked.failedOpen,
    moving: steered && picked.moving,
    ttlSeconds: chosen.length > 0 ? ttlOf(state, service) : null,
    answer: chosen.map((node) => directory.nodes[node].name),
    candidates: steered ? candidates(input, state, service, family, chosen) : [],
  }
}

/** Of a debug name nothing but TXT is steered, and that shows the pick of another name: it would be explained as a name that has nothing. */
function refuseDebugName(input: ExplainInput, name: string, client: Uint8Array): void {
  if (!name.toLowerCase().startsWith(debugLabel)) return
  const { state } = pose(input, name, Type.TXT, client)
  // The query path goes on from the steered name, which stands inside the name that was asked for.
  if (state.reply.owner !== headerLength + debugLabel.length) return
  const steered = name.slice(debugLabel.length)
  throw bad(
    `name: '${name}' is a debug name, which says in TXT what '${steered}' is answered with: explain '${steered}'`,
  )
}

/** What the query path makes of one question, and whose it is in the end. */
function pose(
  { published, words }: ExplainInput,
  name: string,
  type: number,
  client: Uint8Array,
): { state: State; service: number; below: boolean; rcode: string } {
  const packet = encodeQuery(name, type, client)
  if (packet === null) throw bad(`name: '${name}' is not a domain name`)
  const counters = createCounters(words.length / 2)
  const state = new State({ words, counters, identity: '', protection: createProtection(1) }, published)
  const resolver = new Client()
  resolver.setFromBytes(client, 1)
  const length = answer(packet.bytes, packet.length, resolver, Transport.tcp, state)
  if (length === 0) throw new NearcastError('NC_INTERNAL', 'the query path gave no answer to a well-formed query')
  const { entry, service } = state.match
  const below = entry >= 0 && service === delegated
  return { state, service: entry < 0 || below ? noService : service, below, rcode: rcodeName(packet.bytes[3] & 15) }
}

function cellOf({ config, directory }: ExplainInput, { located }: State): Explanation['cell'] {
  return {
    index: located.cell,
    description: describeCell(config, directory, located.cell),
    region: directory.regions[directory.cells[located.cell].region],
  }
}

function ttlOf({ tables, picked, pickedV6 }: State, service: number): number {
  const changing = [picked, pickedV6].some((p) => p.count > 0 && (p.moving || p.failedOpen))
  return changing ? tables.serviceChangingSeconds[service] : tables.serviceSteadySeconds[service]
}

function bad(message: string): NearcastError {
  return new NearcastError('NC_BAD_REQUEST', message)
}
