// What the demo shows: its edges, what to ask, and how to stop an edge. Pure text; knows no process and no socket.
import { table } from './table.ts'

/** One row of the demo's node table. */
export interface EdgeRow {
  readonly name: string
  readonly addresses: string
  readonly site: string
  readonly carriers: readonly string[]
  readonly pid: number
}

/** A client network to ask for, and what it is. */
export interface DemoClient {
  readonly subnet: string
  readonly who: string
}

/** Real networks of real places, one of each region and family, and one that a rule steers by its carrier. */
export const clients: readonly DemoClient[] = [
  { subnet: '219.76.4.0/24', who: 'Hong Kong, HKT' },
  { subnet: '116.86.0.0/24', who: 'Singapore, StarHub' },
  { subnet: '91.10.0.0/24', who: 'Germany, Telekom' },
  { subnet: '73.162.0.0/24', who: 'California, Comcast' },
  { subnet: '2600:4040::/48', who: 'IPv6: US east, Verizon' },
  { subnet: '165.21.100.0/24', who: 'Singtel, steered away' },
]

/** What the screen is made of. */
export interface Scene {
  readonly zones: readonly string[]
  /** `address:port` of each socket; the first is the one to ask. */
  readonly listen: readonly string[]
  readonly admin: string
  readonly name: string
  /** As `nearcast explain` takes it; null where that finds it by itself. */
  readonly configPath: string | null
  readonly edges: readonly EdgeRow[]
  /** The nodes each of `clients` was answered with, by subnet. */
  readonly answers: ReadonlyMap<string, readonly string[]>
  readonly restartAfterSeconds: number
}

/** The screen, ending in a line feed. */
export function demoScreen({
  zones,
  listen,
  admin,
  name,
  configPath,
  edges,
  answers,
  restartAfterSeconds,
}: Scene): string {
  const rows = edges.map((edge) => [edge.name, edge.addresses, edge.site, edge.carriers.join(' '), String(edge.pid)])
  const asked = clients.map(({ subnet, who }) => [
    digLine(listen[0], subnet, name),
    `# ${who}: ${shown(answers.get(subnet))}`,
  ])
  const first = answers.get(clients[0].subnet)?.[0]
  const pid = (edges.find((edge) => edge.name === first) ?? edges[0]).pid
  return [
    `Nearcast answers for ${zones.join(', ')} on ${listen.join(' and ')}, UDP and TCP. Admin: http://${admin}`,
    '',
    ...indent(table([['edge', 'addresses', 'site', 'carriers', 'pid'], ...rows], [4])),
    '',
    'Ask as a resolver of that network would, in another terminal:',
    '',
    ...indent(table(asked)),
    '',
    'Watch the first of them while you stop its edge:',
    '',
    `  while sleep 0.5; do ${digLine(listen[0], clients[0].subnet, name)} +short | xargs; done`,
    `  kill -STOP ${pid}   # it hangs, and leaves the answers; kill -CONT ${pid} brings it back`,
    `  kill ${pid}         # it crashes; the demo starts it again after ${restartAfterSeconds} s`,
    '',
    'Why these nodes?',
    '',
    `  bin/nearcast explain --client ${hostOf(clients[0].subnet)} --name ${name}${configPath === null ? '' : ` --config ${quoted(configPath)}`}`,
    '',
    'Ctrl-C ends everything.',
    '',
  ].join('\n')
}

function digLine(server: string, subnet: string, name: string): string {
  const colon = server.lastIndexOf(':')
  const address = server.slice(0, colon).replace(/^\[(.*)\]$/, '$1')
  return `dig @${address} -p ${server.slice(colon + 1)} +subnet=${subnet} ${name}`
}

/** A word that a shell takes as it is. */
function quoted(word: string): string {
  return /^[\w./+@-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}

/** An address inside an IPv4 /24. */
function hostOf(subnet: string): string {
  return subnet.replace(/\.0\/24$/, '.4')
}

function shown(nodes: readonly string[] | undefined): string {
  return nodes && nodes.length > 0 ? nodes.join(', ') : 'no answer'
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`)
}
