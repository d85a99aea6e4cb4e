// nearcast query: asks any name server as if from a client's network, and prints the answer readably. Knows no configuration.
import { Command } from 'commander'
import { Packet } from 'dns2'
import { NearcastError } from '../errors.ts'
import { parsePrefix, type Prefix } from '../ip/prefix.ts'
import { rcodeName, typeName, typeNumber } from '../wire/constants.ts'
import { encodeName, formatName } from '../wire/name.ts'
import { formatAnyRdata } from '../zone/signing/presentation.ts'
import { exchangeTcp, exchangeUdp, formatServer, parseServer, type Server } from './dns-exchange.ts'
import { decodeReply, encodeQuestion, type Question, type Reply } from './dns-message.ts'
import type { WireRecord } from './dns-records.ts'
import { table } from './table.ts'

const timeoutMs = 2000

interface Options {
  readonly server: string
  readonly subnet?: string
  readonly tcp?: boolean
}

/** The command, for main.ts. */
export function queryCommand(): Command {
  return new Command('query')
    .description('Ask a name server with EDNS Client Subnet, as a resolver of that network would')
    .argument('<name>', 'the name to ask for')
    .argument('[type]', 'A, AAAA, HTTPS, TXT, … or TYPE65', 'A')
    .option('-s, --server <address>', 'the server, with its port', '127.0.0.1:5300')
    .option('-n, --subnet <prefix>', "the client's network; an address alone means just that one")
    .option('-t, --tcp', 'ask over TCP')
    .addHelpText(
      'after',
      `
Examples:
  What does a viewer of HKT in Hong Kong get?
    $ nearcast query show1.play.live.example.net --subnet 219.76.4.0/24
  The same over IPv6 and TCP, from the other socket:
    $ nearcast query show1.play.live.example.net AAAA --subnet 2001:db8:1::/56 --server '[::1]:5300' --tcp
  Who am I talking to, and what is the zone's serial?
    $ nearcast query live.example.net SOA

"answered for" is the scope: everybody in that network gets the same answer, so a resolver may share it among them.`,
    )
    .action(async (name: string, type: string, options: Options) => {
      const server = readServer(options.server)
      const question = readQuestion(name, type, options.subnet)
      const { reply, transport, tookMs } = await ask(server, question, options.tcp ?? false)
      process.stdout.write(formatReply(reply, `${formatServer(server)} over ${transport} in ${tookMs.toFixed(1)} ms`))
    })
}

async function ask(
  server: Server,
  question: Question,
  tcp: boolean,
): Promise<{ reply: Reply; transport: string; tookMs: number }> {
  const id = Packet.uuid()
  const query = encodeQuestion(question, id)
  const start = performance.now()
  if (!tcp) {
    const reply = decodeReply(await exchangeUdp(server, query, id, timeoutMs))
    if (!reply.truncated) return { reply, transport: 'UDP', tookMs: performance.now() - start }
  }
  const reply = decodeReply(await exchangeTcp(server, query, id, timeoutMs))
  return { reply, transport: tcp ? 'TCP' : 'TCP (truncated over UDP)', tookMs: performance.now() - start }
}

function readServer(text: string): Server {
  const server = parseServer(text)
  if (server) return server
  throw new NearcastError(
    'NC_USAGE',
    `--server is '${text}'; expected an address with its port, as 127.0.0.1:5300 or [::1]:5300.`,
  )
}

function readQuestion(name: string, typeText: string, subnet: string | undefined): Question {
  if (!encodeName(name))
    throw new NearcastError('NC_USAGE', `'${name}' is no domain name; expected one as show1.play.live.example.net.`)
  const type = typeNumber(typeText)
  if (type === null)
    throw new NearcastError('NC_USAGE', `'${typeText}' is no record type; expected one as A, AAAA, HTTPS or TYPE65.`)
  return { name, type, subnet: subnet === undefined ? null : readSubnet(subnet) }
}

/** A prefix as people type it: an address alone is itself, and bits after the prefix are cut off, as dig does. */
export function readSubnet(text: string): Prefix {
  const prefix = parsePrefix(text)
  if (!('error' in prefix)) return prefix
  const canonical = prefix.canonical === undefined ? prefix : parsePrefix(prefix.canonical)
  if (!('error' in canonical)) return canonical
  throw new NearcastError(
    'NC_USAGE',
    `--subnet is '${text}': ${prefix.error}; expected one as 203.0.113.0/24 or 2001:db8::/56.`,
  )
}

/** The answer as a person reads it, several lines. `from` says where it came from and how long it took. */
export function formatReply(reply: Reply, from: string): string {
  const flags = [reply.authoritative ? 'authoritative' : 'not authoritative', `${reply.octets} octets`]
  const lines = [`${rcodeName(reply.rcode)} from ${from} (${flags.join(', ')})`]
  for (const [title, records] of [
    ['', reply.answers],
    ['authority', reply.authorities],
    ['additional', reply.additionals],
  ] as const) {
    if (records.length > 0) lines.push('', ...(title ? [`${title}:`] : []), ...table(records.map(cells)))
  }
  const notes = [...ednsNotes(reply), ...reply.flaws.map((flaw) => ['unreadable', flaw])]
  if (notes.length > 0) lines.push('', ...table(notes))
  return `${lines.map(printable).join('\n')}\n`
}

function ednsNotes({ edns }: Reply): string[][] {
  if (!edns) return [['edns', 'none: this server does not speak EDNS']]
  const notes: string[][] = []
  if (edns.subnet) {
    const { text, source, scope } = edns.subnet
    const everybody = scope === 0 ? 'answered for everybody' : `answered for its /${scope}`
    notes.push(['subnet', `${text}/${source}, ${everybody}`])
  }
  if (edns.nsid) notes.push(['server', new TextDecoder().decode(edns.nsid)])
  for (const { code, text } of edns.errors) {
    const name = (Packet.EDE_NAME[code] ?? `code ${code}`).toLowerCase().replaceAll('_', ' ')
    notes.push(['note', text === '' ? name : `${name}: ${text}`])
  }
  return notes
}

function cells({ name, ttlSeconds, type, rdata }: WireRecord): string[] {
  return [formatName(name), `${ttlSeconds}s`, typeName(type), formatAnyRdata(type, rdata)]
}

/** Names and texts come from whoever answered: what would move a terminal's cursor is written as its code. */
function printable(line: string): string {
  return line.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (c) => `\\${String(c.charCodeAt(0)).padStart(3, '0')}`)
}
