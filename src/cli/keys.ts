// nearcast keys: makes and lists the keys of a zone. Prints what is public and never a private key; knows no signing.
import { Command } from 'commander'
import { loadConfig } from '../config/load.ts'
import { formatProblem } from '../config/problem.ts'
import { NearcastError } from '../errors.ts'
import { formatRdata } from '../wire/rdata.ts'
import { Type } from '../wire/constants.ts'
import { createKey, readKeys, writeTimes, type KeyOnDisk } from '../zone/key-directory.ts'
import type { Dnssec, Zone } from '../zone/model.ts'
import { Algorithm } from '../zone/signing/algorithm.ts'
import { Digest, dnskeyRdata, dsRdata, Flags } from '../zone/signing/dnskey.ts'
import { isActive, isOffered, isPublished, noTimes } from '../zone/signing/key-times.ts'
import { formatDate, planRetire, planRoll, type RollTimings } from '../zone/signing/rollover.ts'
import { table } from './table.ts'

interface Options {
  readonly config: string
  readonly split?: boolean
  readonly dsReplaced?: boolean
}

const configOption = ['-c, --config <file>', 'the main file of the configuration', 'config/nearcast.yaml'] as const

type SignedZone = Zone & { readonly dnssec: Dnssec; readonly timings: RollTimings }

/** The command, for main.ts. */
export function keysCommand(): Command {
  const keys = new Command('keys')
    .description('Make, list, roll and retire the keys that sign a zone')
    .addHelpText(
      'after',
      '\nKeys lie in the directory that `dnssec` of the zone names, in files of mode 600, as BIND writes them.',
    )
  keys
    .command('generate')
    .description('Make the first key of a zone')
    .argument('<zone>', 'a zone with `dnssec`')
    .option(...configOption)
    .option('--split', 'a key-signing and a zone-signing key instead of one combined key')
    .addHelpText(
      'after',
      `
Signing begins at the next reload. The DS goes to the registrar only when resolvers have forgotten the unsigned answers; the
command says when that is, and CDS and CDNSKEY appear in the zone at the same time.

Example:
  $ nearcast keys generate live.example.net --config /etc/nearcast/nearcast.yaml`,
    )
    .action(async (name: string, { config, split }: Options) => {
      process.stdout.write(generateKeys(await signedZone(config, name), split === true, now()))
    })
  keys
    .command('list')
    .description('Show the keys of a zone and what each does now')
    .argument('<zone>', 'a zone with `dnssec`')
    .option(...configOption)
    .action(async (name: string, { config }: Options) => {
      process.stdout.write(listKeys(await signedZone(config, name), now()))
    })
  addRolls(keys)
  return keys
}

function addRolls(keys: Command): void {
  keys
    .command('roll')
    .description('Make the successor of a key')
    .argument('<zone>', 'a zone with `dnssec`')
    .argument('[key]', 'tag of the key to replace; needed where the zone has several')
    .option(...configOption)
    .addHelpText(
      'after',
      `
Prints what happens when (RFC 7583). A zone-signing key is replaced without more to do. Of a key that the parent's DS names, the DS
must be replaced at the registrar, and then \`nearcast keys retire\` ends the roll.

Example:
  $ nearcast keys roll live.example.net 12345 --config /etc/nearcast/nearcast.yaml`,
    )
    .action(async (name: string, tag: string | undefined, { config }: Options) => {
      process.stdout.write(rollKey(await signedZone(config, name), tag, now()))
    })
  keys
    .command('retire')
    .description('Take a key out of use, in favour of its successor')
    .argument('<zone>', 'a zone with `dnssec`')
    .argument('<key>', 'tag of the old key')
    .option(...configOption)
    .option('--ds-replaced', "every server of the parent shows the successor's DS, and that of this key no longer")
    .addHelpText(
      'after',
      `
Example:
  $ nearcast keys retire live.example.net 12345 --ds-replaced --config /etc/nearcast/nearcast.yaml`,
    )
    .action(async (name: string, tag: string, { config, dsReplaced }: Options) => {
      process.stdout.write(retireKey(await signedZone(config, name), tag, dsReplaced === true, now()))
    })
}

async function signedZone(configPath: string, name: string): Promise<SignedZone> {
  const { config, problems } = await loadConfig(configPath)
  if (config === null) throw new NearcastError('NC_CONFIG', problems.map((one) => formatProblem(one)).join('\n'))
  const wanted = name.toLowerCase().replace(/\.$/, '')
  const zone = config.zones.find((one) => one.name === wanted)
  if (zone === undefined) throw new NearcastError('NC_NOT_FOUND', `${configPath} has no zone ${wanted}`)
  const { dnssec } = zone
  if (dnssec === null)
    throw new NearcastError('NC_USAGE', `zone ${wanted} has no \`dnssec\`: give it \`dnssec: { keys: DIRECTORY }\``)
  const steered = new Set(zone.steeredNames.map(({ service }) => service))
  const longestTtlSeconds = Math.max(
    zone.nsTtlSeconds,
    zone.negativeTtlSeconds,
    dnssec.keyTtlSeconds,
    ...zone.staticRRsets.map(({ ttlSeconds }) => ttlSeconds),
    ...config.services.filter(({ key }) => steered.has(key)).map(({ ttl }) => ttl.steadySeconds),
  )
  return { ...zone, dnssec, timings: { ...dnssec, longestTtlSeconds } }
}

function generateKeys(zone: SignedZone, split: boolean, at: number): string {
  const { dnssec, apex, timings } = zone
  const known = readKeys(dnssec.directory, apex)
  if (known.keys.length > 0 || known.files.length > 0) {
    throw new NearcastError(
      'NC_CONFLICT',
      `${dnssec.directory} has keys of ${zone.name} already: \`nearcast keys list\` shows them`,
    )
  }
  const syncPublish = at + timings.longestTtlSeconds + dnssec.propagationSeconds
  const times = { ...noTimes, created: at, publish: at, activate: at }
  const entry = createKey(
    dnssec.directory,
    apex,
    dnssec.algorithm,
    Flags.zone | Flags.entryPoint,
    { ...times, syncPublish },
    new Set(),
  )
  if (split) createKey(dnssec.directory, apex, dnssec.algorithm, Flags.zone, times, new Set([entry.key.keyTag]))
  return [
    `${entry.file} is made; signing begins at the next reload.`,
    '',
    `Give this DS to the registrar, not before ${formatDate(syncPublish)}:`,
    dsLine(zone, entry),
    '',
  ].join('\n')
}

function listKeys(zone: SignedZone, at: number): string {
  const keys = keysOf(zone)
  const rows = keys.map(({ key, times }) => [
    String(key.keyTag),
    (key.flags & Flags.entryPoint) === 0 ? 'zone-signing' : 'key-signing or combined',
    isPublished(times, at) ? 'published' : 'not published',
    isActive(times, at) ? 'signs' : 'does not sign',
    isOffered(times, at) ? 'in CDS' : times.syncPublish === null ? '-' : `in CDS from ${formatDate(times.syncPublish)}`,
  ])
  const entries = keys.filter(({ key }) => (key.flags & Flags.entryPoint) !== 0)
  return `${[...table(rows), '', ...entries.map((key) => dsLine(zone, key))].join('\n')}\n`
}

function rollKey(zone: SignedZone, tag: string | undefined, at: number): string {
  const { dnssec, apex, name, timings } = zone
  const keys = keysOf(zone)
  const old = tag === undefined ? onlyKey(keys, zone, at) : keyOf(keys, zone, tag)
  const { flags, algorithm, keyTag } = old.key
  if (algorithm !== Algorithm[dnssec.algorithm]) {
    const wanted = `\`algorithm: ${dnssec.algorithm}\` asks for ${Algorithm[dnssec.algorithm]}`
    const message = `key ${keyTag} is of algorithm ${algorithm} and ${wanted}: a roll keeps the algorithm, write the one the keys have`
    throw new NearcastError('NC_CONFLICT', message)
  }
  const plan = planRoll(keys, old, timings, at)
  if ('refused' in plan) throw new NearcastError('NC_CONFLICT', `key ${keyTag} ${plan.refused}`)
  const taken = new Set(keys.map(({ key }) => key.keyTag))
  const made = createKey(dnssec.directory, apex, dnssec.algorithm, flags, plan.successorTimes, taken)
  writeTimes(apex, old, plan.oldTimes)
  const fresh = made.key.keyTag
  const { syncPublish, activate } = plan.successorTimes
  if (syncPublish === null) {
    const rows = [
      [formatDate(at), `key ${fresh} is published`, 'nothing: Nearcast reads it by itself'],
      [formatDate(activate ?? at), `key ${fresh} signs, key ${keyTag} does not`, 'nothing'],
      [formatDate(plan.oldTimes.delete ?? at), `key ${keyTag} is gone`, 'remove its files when you like'],
    ]
    return `${[`${made.file} is made.`, '', ...timeline(rows)].join('\n')}\n`
  }
  const rows = [
    [formatDate(at), `key ${fresh} is published`, 'nothing: Nearcast reads it by itself'],
    [
      formatDate(syncPublish),
      `CDS asks for key ${fresh}`,
      'replace the DS at the registrar, unless the parent reads CDS',
    ],
    [
      'when it is replaced',
      `the parent shows key ${fresh} alone`,
      `nearcast keys retire ${name} ${keyTag} --ds-replaced`,
    ],
  ]
  const ds = ['', `The new DS, not before ${formatDate(syncPublish)}:`, dsLine(zone, made)]
  return `${[`${made.file} is made.`, '', ...timeline(rows), ...ds].join('\n')}\n`
}

function retireKey(zone: SignedZone, tag: string, dsReplaced: boolean, at: number): string {
  const keys = keysOf(zone)
  const old = keyOf(keys, zone, tag)
  const plan = planRetire(keys, old, zone.timings, at)
  if ('refused' in plan) throw new NearcastError('NC_CONFLICT', `key ${tag} ${plan.refused}`)
  const { successor, successorTimes, oldTimes } = plan
  const fresh = successor.key.keyTag
  if ((old.key.flags & Flags.entryPoint) !== 0 && !dsReplaced) {
    const message = `key ${tag} may go only when the parent shows the DS of key ${fresh} and no other: look, then add --ds-replaced`
    throw new NearcastError('NC_CONFLICT', `${message}\n${dsLine(zone, successor)}`)
  }
  // The successor first: should the second write fail, both sign and nothing breaks.
  writeTimes(zone.apex, successor, successorTimes)
  writeTimes(zone.apex, old, oldTimes)
  return `${timeline([
    [formatDate(at), `key ${fresh} takes over from key ${tag}`, 'nothing: Nearcast reads it by itself'],
    [formatDate(oldTimes.delete ?? at), `key ${tag} is gone`, 'remove its files when you like'],
  ]).join('\n')}\n`
}

function timeline(rows: readonly (readonly string[])[]): string[] {
  return table([['when', 'what happens', 'what to do'], ...rows])
}

function keysOf({ dnssec, apex }: SignedZone): readonly KeyOnDisk[] {
  const { keys, problems } = readKeys(dnssec.directory, apex)
  if (problems.length > 0) throw new NearcastError('NC_CONFIG', problems.join('\n'))
  return keys
}

function keyOf(keys: readonly KeyOnDisk[], zone: Zone, tag: string): KeyOnDisk {
  const [found, second] = keys.filter(({ key }) => String(key.keyTag) === tag)
  if (found !== undefined && second === undefined) return found
  const tags = keys.map(({ key }) => key.keyTag).join(', ') || 'none'
  throw new NearcastError('NC_NOT_FOUND', `${zone.name} has no one key ${tag}, expected one of: ${tags}`)
}

function onlyKey(keys: readonly KeyOnDisk[], zone: Zone, at: number): KeyOnDisk {
  const published = keys.filter(({ times }) => isPublished(times, at))
  const [only] = published
  if (only !== undefined && published.length === 1) return only
  const what =
    only === undefined
      ? 'make one with `nearcast keys generate`'
      : `name the one to replace: ${published.map(({ key }) => key.keyTag).join(' or ')}`
  throw new NearcastError('NC_USAGE', `${zone.name} has ${published.length} keys in use: ${what}`)
}

function dsLine({ name, apex }: Zone, { key }: KeyOnDisk): string {
  return `${name}. IN DS ${formatRdata(Type.DS, dsRdata(apex, dnskeyRdata(key), Digest.sha256))}`
}

function now(): number {
  return Math.floor(Date.now() / 1000)
}
