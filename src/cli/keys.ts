// nearcast keys: makes and lists the keys of a zone. Prints what is public and never a private key; knows no signing.
import { Command } from 'commander'
import { loadConfig } from '../config/load.ts'
import { formatProblem } from '../config/problem.ts'
import { NearcastError } from '../errors.ts'
import { readKeys, writeTimes, type KeyOnDisk } from '../zone/key-directory.ts'
import { delegationProblems, fileProblems, keyProblems } from '../zone/key-problems.ts'
import type { Dnssec, Zone } from '../zone/model.ts'
import { Algorithm } from '../zone/signing/algorithm.ts'
import { Digest, dnskeyRdata, dsRdata, Flags, isEntryPoint } from '../zone/signing/dnskey.ts'
import { isNeverOffered, isPublished } from '../zone/signing/key-times.ts'
import {
  cdsForgotten,
  formatDate,
  formatHours,
  planFirst,
  planRetire,
  planRoll,
  type RollTimings,
} from '../zone/signing/rollover.ts'
import { longEnough, wantedKeys } from './delegation/wanted.ts'
import { dsLine, formatKeys } from './keys-list.ts'
import { writing } from './keys-writing.ts'
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
Refused while any key file of the zone lies there. Signing begins at the next reload: a DS that the parent still has from an
earlier key must be gone from every cache by then, or resolvers that validate refuse the zone. The new DS goes to the registrar only when
resolvers have forgotten the unsigned answers, so many hours after the last server was reloaded; the command says how many. CDS and
CDNSKEY appear in the zone that long after the key was made: reload all servers at once.

Example:
  $ nearcast keys generate live.example.net --config /etc/nearcast/nearcast.yaml`,
    )
    .action(async (name: string, { config, split }: Options) => {
      process.stdout.write(generateKeys(await signedZone(config, name), split === true, now()))
    })
  keys
    .command('list')
    .description('Show the keys of a zone, what each does now and later, and which DS belongs at the parent')
    .argument('<zone>', 'a zone with `dnssec`')
    .option(...configOption)
    .action(async (name: string, { config }: Options) => listKeys(await signedZone(config, name), now()))
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
    dnssec.keyTtlSeconds,
    ...zone.staticRRsets.map(({ ttlSeconds }) => ttlSeconds),
    ...config.services.filter(({ key }) => steered.has(key)).map(({ ttl }) => ttl.steadySeconds),
  )
  return { ...zone, dnssec, timings: { ...dnssec, longestTtlSeconds } }
}

function generateKeys(zone: SignedZone, split: boolean, at: number): string {
  const { dnssec, apex, timings } = zone
  const known = readKeys(dnssec.directory, apex)
  if (known.files.length > 0) {
    const message = `${dnssec.directory} has keys of ${zone.name} already: \`nearcast keys list\` shows them. Of a zone that is unsigned, move them away first`
    throw new NearcastError('NC_CONFLICT', [message, ...keyProblems(known, dnssec.directory, apex, at)].join('\n'))
  }
  if (known.problems.length > 0 && !known.absent) throw new NearcastError('NC_CONFIG', known.problems.join('\n'))
  const times = planFirst(timings, at)
  const { syncPublish } = times
  const waitSeconds = syncPublish - at
  const { entry, others } = writing(zone, (make) => {
    const first = make(Flags.zone | Flags.entryPoint, times, [])
    return { entry: first, others: split ? [make(Flags.zone, { ...times, syncPublish: null }, [first])] : [] }
  })
  return [
    'Made, each with its .key file beside it; copy all of them to every server of the zone:',
    ...[entry, ...others].map(({ file }) => `  ${file}`),
    'Then reload all of them: each signs from its next reload on. A DS that the parent has of an earlier key must be gone from all caches by then.',
    '',
    `Give this DS to the registrar ${formatHours(waitSeconds)} after the last server was reloaded and answers signed, not before ${formatDate(syncPublish)}:`,
    dsOf(zone, entry),
    '',
    `Whether every server answers signed: nearcast delegation ${zone.name} --resolver ADDRESS`,
    '',
  ].join('\n')
}

/** Prints what can be read, then throws what is wrong with the rest. */
function listKeys(zone: SignedZone, at: number): void {
  const { dnssec, apex } = zone
  const found = readKeys(dnssec.directory, apex)
  if (found.keys.length > 0) process.stdout.write(formatKeys(zone, found.keys, at))
  const problems = delegationProblems(found, dnssec, apex, at)
  if (problems.length > 0) throw new NearcastError('NC_CONFIG', problems.join('\n'))
}

function rollKey(zone: SignedZone, tag: string | undefined, at: number): string {
  const { dnssec, apex, name, timings } = zone
  refuseLeaving(zone)
  const keys = keysOf(zone, at)
  const old = tag === undefined ? onlyKey(keys, zone, at) : keyOf(keys, zone, tag)
  const { flags, algorithm, keyTag } = old.key
  if (algorithm !== Algorithm[dnssec.algorithm]) {
    const wanted = `\`algorithm: ${dnssec.algorithm}\` asks for ${Algorithm[dnssec.algorithm]}`
    const message = `key ${keyTag} is of algorithm ${algorithm} and ${wanted}: a roll keeps the algorithm, write the one the keys have`
    throw new NearcastError('NC_CONFLICT', message)
  }
  const plan = planRoll(keys, old, timings, at)
  if ('refused' in plan) throw new NearcastError('NC_CONFLICT', `key ${keyTag} ${plan.refused}`)
  const made = writing(zone, (make) => {
    const successor = make(flags, plan.successorTimes, keys)
    writeTimes(apex, old, plan.oldTimes)
    return successor
  })
  const fresh = made.key.keyTag
  const copied = [
    `${made.file} is made, with its .key file beside it, and key ${keyTag} has other times.`,
    'Copy the files of both to every server of the zone.',
  ]
  const { syncPublish, activate } = plan.successorTimes
  if (syncPublish === null) {
    const rows = [
      [formatDate(at), `key ${fresh} is published`, 'nothing: Nearcast reads it by itself'],
      [formatDate(activate ?? at), `key ${fresh} signs, key ${keyTag} does not`, 'nothing'],
      [formatDate(plan.oldTimes.delete ?? at), `key ${keyTag} is gone`, 'remove its files when you like'],
    ]
    return `${[...copied, '', ...timeline(rows)].join('\n')}\n`
  }
  const retires = Math.max(syncPublish, cdsForgotten(plan.oldTimes, timings))
  const rows = [
    [formatDate(at), `key ${fresh} is published`, 'nothing: Nearcast reads it by itself'],
    [
      formatDate(syncPublish),
      `CDS asks for key ${fresh}`,
      'replace the DS at the registrar, unless the parent reads CDS',
    ],
    [
      `${formatDate(retires)}, if it is replaced`,
      `the parent shows key ${fresh} alone`,
      `nearcast keys retire ${name} ${keyTag} --ds-replaced`,
    ],
  ]
  const [waits] = isNeverOffered(plan.oldTimes)
    ? wantedKeys(zone, [made, { ...old, times: plan.oldTimes }], at).map(longEnough)
    : []
  const asFirst = waits === undefined ? '' : ` and only when every server has answered ${waits}`
  const ds = ['', `The new DS, not before ${formatDate(syncPublish)}${asFirst}:`, dsOf(zone, made)]
  return `${[...copied, '', ...timeline(rows), ...ds].join('\n')}\n`
}

function retireKey(zone: SignedZone, tag: string, dsReplaced: boolean, at: number): string {
  refuseLeaving(zone)
  const keys = keysOf(zone, at)
  const old = keyOf(keys, zone, tag)
  const plan = planRetire(keys, old, zone.timings, at)
  if ('refused' in plan) throw new NearcastError('NC_CONFLICT', `key ${tag} ${plan.refused}`)
  const { successor, successorTimes, oldTimes } = plan
  const fresh = successor.key.keyTag
  if (isEntryPoint(old.key) && !dsReplaced) {
    const message = `key ${tag} may go only when the parent shows the DS of key ${fresh} and no other: look, then add --ds-replaced`
    throw new NearcastError('NC_CONFLICT', `${message}\n${dsOf(zone, successor)}`)
  }
  writing(zone, () => {
    // The successor first: should the second write fail, both sign and nothing breaks.
    writeTimes(zone.apex, successor, successorTimes)
    writeTimes(zone.apex, old, oldTimes)
  })
  const rows = [
    [formatDate(at), `key ${fresh} takes over from key ${tag}`, 'nothing: Nearcast reads it by itself'],
    [formatDate(oldTimes.delete ?? at), `key ${tag} is gone`, 'remove its files when you like'],
  ]
  const copied = 'Both keys have other times: copy the files of both to every server of the zone.'
  return `${[copied, '', ...timeline(rows)].join('\n')}\n`
}

/** A successor would never be named, and an old key may be the last of which the parent has a DS. */
function refuseLeaving({ name, dnssec }: SignedZone): void {
  if (!dnssec.leave) return
  const goOn = `To go on being signed, take \`leave\` out of \`dnssec\` of ${name}, reload every server, and run this again`
  const end = 'To be unsigned, leave the keys as they are until `dnssec` is removed'
  throw new NearcastError(
    'NC_CONFLICT',
    `${name} has \`leave: true\`: CDS asks the parent to remove every DS. ${goOn}. ${end}`,
  )
}

function timeline(rows: readonly (readonly string[])[]): string[] {
  return table([['when', 'what happens', 'what to do'], ...rows])
}

/** All keys of a zone; throws when one cannot be read or is not there. */
function keysOf({ dnssec, apex }: SignedZone, at: number): readonly KeyOnDisk[] {
  const found = readKeys(dnssec.directory, apex)
  const problems = fileProblems(found, dnssec.directory, apex, at)
  if (problems.length > 0) throw new NearcastError('NC_CONFIG', problems.join('\n'))
  return found.keys
}

function keyOf(keys: readonly KeyOnDisk[], zone: Zone, tag: string): KeyOnDisk {
  const [found, second] = keys.filter(({ key }) => String(key.keyTag) === tag)
  if (found !== undefined && second === undefined) return found
  const tags = keys.map(({ key }) => key.keyTag).join(', ') || 'none'
  throw new NearcastError('NC_NOT_FOUND', `${zone.name} has no one key ${tag}, expected one of: ${tags}`)
}

function onlyKey(keys: readonly KeyOnDisk[], zone: SignedZone, at: number): KeyOnDisk {
  const published = keys.filter(({ times }) => isPublished(times, at))
  const [only, second] = published
  if (only === undefined) {
    const { dnssec, apex } = zone
    throw new NearcastError(
      'NC_CONFIG',
      keyProblems(readKeys(dnssec.directory, apex), dnssec.directory, apex, at).join('\n'),
    )
  }
  if (second === undefined) return only
  const tags = published.map(({ key }) => key.keyTag).join(' or ')
  throw new NearcastError(
    'NC_USAGE',
    `${zone.name} has ${published.length} keys in use: name the one to replace: ${tags}`,
  )
}

function dsOf(zone: Zone, { key }: KeyOnDisk): string {
  return dsLine(zone, dsRdata(zone.apex, dnskeyRdata(key), Digest.sha256))
}

function now(): number {
  return Math.floor(Date.now() / 1000)
}
