// nearcast delegation: what to give the registrar for a zone, and whether it is published and works. Knows no rule of the check.
import { Command } from 'commander'
import { loadConfig } from '../config/load.ts'
import { formatProblem } from '../config/problem.ts'
import { NearcastError } from '../errors.ts'
import { readKeys } from '../zone/key-directory.ts'
import { delegationProblems } from '../zone/key-problems.ts'
import type { StoredKey } from '../zone/signing/key-file.ts'
import { formatDate } from '../zone/signing/rollover.ts'
import { Asker } from './delegation/asker.ts'
import { checkDelegation, type Checked, type Start } from './delegation/check.ts'
import { formatFinding } from './delegation/finding.ts'
import { dsFields, eppLines, zoneFileLines } from './delegation/registrar-form.ts'
import type { Seen } from './delegation/server.ts'
import { longEnough, wantedOf, type Wanted, type WantedKey } from './delegation/wanted.ts'
import { parseServer } from './dns-exchange.ts'
import { Progress } from './progress.ts'
import { table } from './table.ts'

interface Options {
  readonly config: string
  readonly resolver?: string
  readonly parent?: string
  readonly json?: boolean
}

/** For one question; for the whole check; so many questions in all. */
const limits = { timeoutMs: 2000, totalMs: 60_000, questions: 1000 }

/** The command, for main.ts. */
export function delegationCommand(): Command {
  return new Command('delegation')
    .description('Print what to give the registrar for a zone, and check what is published')
    .argument('<zone>', 'a zone of the configuration')
    .option('-c, --config <file>', 'the main file', 'config/nearcast.yaml')
    .option('-r, --resolver <address>', 'check too; this resolver finds the servers of the parent, with its port')
    .option('-p, --parent <address>', 'check too; this authoritative server of the parent zone is asked, with its port')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Reads the configuration and the zone's keys, and needs no running daemon. A DS is printed once the zone asks for it
(CDS); before that the command says when. That is reckoned from when the key was made: where a server was reloaded
later, it is later too. A check sees which servers answer signed, not since when. It asks the parent for NS, glue and DS, then every listed server over UDP and
TCP, IPv4 and IPv6: whether it is authoritative, its serial, EDNS, some answers of each kind, keys and signatures.
At most ${limits.timeoutMs / 1000} s a question, ${limits.totalMs / 1000} s and ${limits.questions} questions in all.

Exit code 0: all that was looked at is well. 65: something is not; each finding says what to do.

Examples:
  What do I type in at the registrar?
    $ nearcast delegation live.example.net --config /etc/nearcast/nearcast.yaml
  Is it published, and does it work?
    $ nearcast delegation live.example.net --resolver 192.0.2.1
  Ask one server of the parent zone, without any cache:
    $ nearcast delegation live.example.net --parent '[2001:db8::1]:53'
  For a monitor:
    $ nearcast delegation live.example.net --resolver 192.0.2.1 --json | jq '.check.findings'`,
    )
    .action(async (name: string, options: Options) => {
      const start = readStart(options)
      const now = Math.floor(Date.now() / 1000)
      const wanted = await readWanted(options.config, name, now)
      const checked = start === null ? null : await check(wanted, start, now)
      const told = checked?.tooEarly === true ? withoutDs(wanted) : wanted
      process.stdout.write(options.json === true ? formatJson(told, checked) : formatText(told, checked))
      if (checked === null || checked.wrong.length === 0) return
      const count = checked.wrong.length === 1 ? '1 finding' : `${checked.wrong.length} findings`
      throw new NearcastError(
        'NC_DELEGATION',
        `the delegation of ${wanted.zone.name} is not as it should be: ${count}.`,
      )
    })
}

function readStart({ resolver, parent }: Options): Start | null {
  if (resolver !== undefined && parent !== undefined)
    throw new NearcastError('NC_USAGE', '--resolver and --parent are two ways to begin; expected one of them.')
  const text = resolver ?? parent
  if (text === undefined) return null
  const bare = text.includes(':') && !text.startsWith('[') && !text.includes('.') ? `[${text}]` : text
  const server = parseServer(bare)
  if (server !== null) return resolver === undefined ? { parent: server } : { resolver: server }
  const option = resolver === undefined ? '--parent' : '--resolver'
  throw new NearcastError(
    'NC_USAGE',
    `${option} is '${text}'; expected an address, as 192.0.2.1, 192.0.2.1:53 or [2001:db8::1]:53.`,
  )
}

async function readWanted(path: string, name: string, now: number): Promise<Wanted> {
  const { config, problems } = await loadConfig(path)
  if (config === null) throw new NearcastError('NC_CONFIG', problems.map((one) => formatProblem(one)).join('\n'))
  const wanted = name.toLowerCase().replace(/\.$/, '')
  const zone = config.zones.find((one) => one.name === wanted)
  if (zone === undefined) {
    const known = config.zones.map((one) => one.name).join(', ')
    throw new NearcastError('NC_NOT_FOUND', `${path} has no zone ${wanted}; it has ${known === '' ? 'none' : known}.`)
  }
  let keys: readonly StoredKey[] = []
  if (zone.dnssec !== null) {
    const found = readKeys(zone.dnssec.directory, zone.apex)
    const why = delegationProblems(found, zone.dnssec, zone.apex, now)
    // Without this, a zone whose keys were not copied would be told to have its DS removed.
    if (why.length > 0) throw new NearcastError('NC_CONFIG', why.join('\n'))
    keys = found.keys
  }
  return wantedOf(zone, config.zones, keys, now)
}

async function check(wanted: Wanted, start: Start, now: number): Promise<Checked> {
  const progress = new Progress()
  try {
    return await checkDelegation(new Asker(limits), wanted, start, now, progress.show)
  } finally {
    progress.done()
  }
}

/** The same, no DS being given yet. */
function withoutDs(wanted: Wanted): Wanted {
  const entryKeys = wanted.entryKeys.map(
    (key) => ({ ...key, state: key.state === 'give' ? 'later' : key.state }) as const,
  )
  return { ...wanted, entryKeys }
}

function formatText(wanted: Wanted, checked: Checked | null): string {
  const { zone, entryKeys } = wanted
  const later = entryKeys.filter(({ state }) => state === 'later')
  const isMissing = checked === null || checked.wrong.some(({ code }) => code === 'ds')
  const given = isMissing ? entryKeys.filter(({ state }) => state === 'give') : []
  const lines = [
    `For the registrar of ${zone.name}, as lines of a zone file:`,
    '',
    ...zoneFileLines(wanted),
    '',
    'The same for EPP:',
    '',
    ...eppLines(wanted),
    ...given.map((key) => `\nGive the DS ${whenAnswered(key)}: what resolvers remember counts from its last reload.`),
    ...later.map((key) => `\nNot yet the DS of key ${key.keyTag}: ${whenLater(key, checked)}.`),
  ]
  if (wanted.published.length === 0) lines.push('', 'No DS: the zone is not signed.')
  else if (wanted.leaving)
    lines.push('', 'No DS: `leave` says that the zone is to be unsigned. Have the registrar remove the DS.')
  return `${[...lines, ...(checked === null ? [] : formatChecked(checked))].join('\n')}\n`
}

function whenAnswered(key: WantedKey): string {
  return `only when every server has answered ${longEnough(key)}`
}

function whenLater(key: WantedKey, checked: Checked | null): string {
  if (key.since !== null) return `give it from ${formatDate(key.since)} on, and ${whenAnswered(key)}`
  return checked?.tooEarly === true ? `give it ${whenAnswered(key)}` : 'the key is not published'
}

function formatChecked({ parents, servers, wrong, unchecked }: Checked): string[] {
  const asked = parents.length === 0 ? 'No server of the parent told of it' : `Published at ${parents.join(', ')}`
  return [
    '',
    `${asked}; asked of the zone's servers:`,
    '',
    ...table(servers.map(row)),
    ...wrong.flatMap((finding) => ['', ...formatFinding(finding)]),
    ...(unchecked.length > 0 ? ['', 'Not looked at:', ...unchecked.map((text) => `  ${text}`)] : []),
    '',
    wrong.length === 0 ? 'All that was looked at is well.' : `${wrong.length} not as it should be, see above.`,
  ]
}

function row({ server, udp, tcp, serial, answers }: Seen): string[] {
  return [
    ...server.split(' '),
    udp ? 'UDP' : 'no UDP',
    tcp ? 'TCP' : 'no TCP',
    serial === null ? 'no serial' : `serial ${serial}`,
    `${answers.size} answers`,
  ]
}

function formatJson(wanted: Wanted, checked: Checked | null): string {
  const { zone, servers, entryKeys } = wanted
  const document = {
    zone: zone.name,
    servers: servers.map(({ name, addresses, glue }) => ({ name, glue: glue ? addresses : [] })),
    ds: entryKeys.map((key) => ({ ...dsFields(key), state: key.state, since: iso(key.since) })),
    zoneFile: zoneFileLines(wanted),
    epp: eppLines(wanted).join('\n'),
    check:
      checked === null
        ? null
        : {
            parents: checked.parents,
            servers: checked.servers.map(({ answers, ...seen }) => ({ ...seen, answers: answers.size })),
            findings: checked.wrong,
            unchecked: checked.unchecked,
          },
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

function iso(seconds: number | null): string | null {
  return seconds === null ? null : new Date(seconds * 1000).toISOString()
}
