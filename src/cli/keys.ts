// nearcast keys: makes and lists the keys of a zone. Prints what is public and never a private key; knows no signing.
import { Command } from 'commander'
import { loadConfig } from '../config/load.ts'
import { formatProblem } from '../config/problem.ts'
import { NearcastError } from '../errors.ts'
import { formatRdata } from '../wire/rdata.ts'
import { Type } from '../wire/constants.ts'
import { createKey, readKeys, type KeyOnDisk } from '../zone/key-directory.ts'
import type { Dnssec, Zone } from '../zone/model.ts'
import { Digest, dnskeyRdata, dsRdata, Flags } from '../zone/signing/dnskey.ts'
import { isActive, isOffered, isPublished, noTimes } from '../zone/signing/key-times.ts'
import { table } from './table.ts'

interface Options {
  readonly config: string
  readonly split?: boolean
}

type SignedZone = Zone & { readonly dnssec: Dnssec }

/** The command, for main.ts. */
export function keysCommand(): Command {
  const configOption = ['-c, --config <file>', 'the main file of the configuration', 'config/nearcast.yaml'] as const
  const keys = new Command('keys')
    .description('Make and list the keys that sign a zone')
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
  return keys
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
  return { ...zone, dnssec }
}

function generateKeys(zone: SignedZone, split: boolean, at: number): string {
  const { dnssec, apex, staticRRsets } = zone
  const known = readKeys(dnssec.directory, apex)
  if (known.keys.length > 0 || known.files.length > 0) {
    throw new NearcastError(
      'NC_CONFLICT',
      `${dnssec.directory} has keys of ${zone.name} already: \`nearcast keys list\` shows them`,
    )
  }
  const longestTtl = Math.max(
    zone.nsTtlSeconds,
    dnssec.keyTtlSeconds,
    ...staticRRsets.map(({ ttlSeconds }) => ttlSeconds),
  )
  const syncPublish = at + longestTtl + dnssec.propagationSeconds
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
    `Give this DS to the registrar, not before ${date(syncPublish)}:`,
    dsLine(zone, entry),
    '',
  ].join('\n')
}

function listKeys(zone: SignedZone, at: number): string {
  const { keys, problems } = readKeys(zone.dnssec.directory, zone.apex)
  if (problems.length > 0) throw new NearcastError('NC_CONFIG', problems.join('\n'))
  const rows = keys.map(({ key, times }) => [
    String(key.keyTag),
    (key.flags & Flags.entryPoint) === 0 ? 'zone-signing' : 'key-signing or combined',
    isPublished(times, at) ? 'published' : 'not published',
    isActive(times, at) ? 'signs' : 'does not sign',
    isOffered(times, at) ? 'in CDS' : times.syncPublish === null ? '-' : `in CDS from ${date(times.syncPublish)}`,
  ])
  const entries = keys.filter(({ key }) => (key.flags & Flags.entryPoint) !== 0)
  return `${[...table(rows), '', ...entries.map((key) => dsLine(zone, key))].join('\n')}\n`
}

function dsLine({ name, apex }: Zone, { key }: KeyOnDisk): string {
  return `${name}. IN DS ${formatRdata(Type.DS, dsRdata(apex, dnskeyRdata(key), Digest.sha256))}`
}

function date(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

function now(): number {
  return Math.floor(Date.now() / 1000)
}
