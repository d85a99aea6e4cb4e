// npm run bench:peers: what an answer costs Nearcast and other name servers, on the same queries, in turn. See bench/README.md.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runDnsperf } from './dnsperf.ts'
import { install } from './packages.ts'
import { framed } from './queries.ts'
import { machine, percent, publish, type Round } from './report.ts'
import { checkSamples } from './samples.ts'
import { dns2 } from './servers/dns2.ts'
import { echo } from './servers/echo.ts'
import { gdnsd } from './servers/gdnsd.ts'
import { knot } from './servers/knot.ts'
import type { Server } from './servers/model.ts'
import { nearcast, nearcastPortable } from './servers/nearcast.ts'
import { powerdns } from './servers/powerdns.ts'
import { clientCore, withGround, type Ground, type Standing } from './stand.ts'

const all: readonly Server[] = [nearcast, gdnsd, echo, knot, powerdns, nearcastPortable, dns2]
/** Those whose TCP is measured. */
const overTcp: readonly Server[] = [nearcast, gdnsd]
const queryCount = 500_000
/** Not counted: compilers of the servers' code and caches have their time, as they have had in a server that runs for days. */
const warmUpSeconds = 2
const fewestNets = 200_000

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '6' },
    outstanding: { type: 'string', default: '100' },
    only: { type: 'string', default: all.map(({ key }) => key).join() },
    seed: { type: 'string', default: '1' },
    samples: { type: 'string', default: '300' },
    tcp: { type: 'boolean', default: true },
    publish: { type: 'boolean', default: true },
  },
  allowNegative: true,
})
const rounds = Number(flags.rounds)
const seconds = Number(flags.seconds)
const outstanding = Number(flags.outstanding)
const only = flags.only.split(',')

install([
  'gdnsd',
  'knot',
  'knot-module-geoip',
  'pdns-server',
  'pdns-backend-geoip',
  'libmaxmind-db-writer-perl',
  'dnsperf',
])

await withGround({ queries: queryCount, seed: Number(flags.seed) }, async (ground) => {
  if (ground.prefixes.length < fewestNets)
    throw new Error(`only ${ground.prefixes.length} prefixes in the country data`)
  console.log(`${ground.prefixes.length} prefixes, ${ground.queries.length} queries, seed ${flags.seed}`)
  const file = join(ground.directory, 'queries')
  await writeFile(file, framed(ground.queries))
  const standing: Standing[] = []
  for (const server of all.filter(({ key }) => only.includes(key))) {
    standing.push(await ground.start(server))
    console.log(`${server.key} answers`)
  }
  await checkAll(ground, standing)
  for (const one of standing) await measureOne('udp', one, file, warmUpSeconds)
  const udp = await measure('udp', standing, file)
  const tcp = flags.tcp
    ? await measure(
        'tcp',
        standing.filter(({ server }) => overTcp.includes(server)),
        file,
      )
    : []
  await checkAll(ground, standing)
  const memory = Object.fromEntries(standing.map(({ server, running }) => [server.key, running.residentMb()]))
  await publish(
    { ...machine(), rounds, seconds, outstanding, seed: Number(flags.seed), prefixes: ground.prefixes.length },
    standing.map(({ server }) => server),
    { udp, tcp, residentMb: memory },
    flags.publish,
  )
})

async function checkAll({ queries }: Ground, standing: readonly Standing[]): Promise<void> {
  const samples = queries.slice(0, Number(flags.samples))
  for (const { server, port } of standing) await checkSamples(server.key, port, samples, server.expects)
}

/** Every server once a round, in an order that moves on, so that none always comes after the same one. */
async function measure(mode: 'udp' | 'tcp', standing: readonly Standing[], file: string): Promise<Round[]> {
  const measured: Round[] = []
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < standing.length; i++) {
      const one = standing[(round + i) % standing.length]
      const result = await measureOne(mode, one, file, seconds)
      measured.push({ round, server: one.server.key, ...result })
      const { totalUs, userUs, lost, perSecond, othersShare } = result
      console.log(
        `${mode} ${round + 1}/${rounds} ${one.server.key.padEnd(18)} ${totalUs.toFixed(2)} µs (${userUs.toFixed(2)} user), ` +
          `${lost} lost, ${Math.round(perSecond)}/s, others took ${percent(othersShare)} of the core`,
      )
    }
  }
  return measured
}

async function measureOne(
  mode: 'udp' | 'tcp',
  { server, port, running }: Standing,
  file: string,
  length: number,
): Promise<Omit<Round, 'round' | 'server'>> {
  const clients = mode === 'udp' ? 1 : 10
  const used = running.measure()
  const counted = await runDnsperf({ port, file, mode, seconds: length, outstanding, clients, core: clientCore })
  const { othersShare, ...cpu } = used()
  if (counted.answered === 0) throw new Error(`${server.key} answered nothing over ${mode}`)
  if (counted.noError !== counted.answered) {
    throw new Error(`${server.key}: ${counted.answered - counted.noError} answers over ${mode} are not NOERROR`)
  }
  const userUs = cpu.userUs / counted.answered
  const systemUs = cpu.systemUs / counted.answered
  return { ...counted, userUs, systemUs, totalUs: userUs + systemUs, othersShare }
}
