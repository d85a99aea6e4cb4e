// What is static is answered as NSD, Knot DNS and BIND answer it: zones made from seeds, served by all of them from the same text, every
// name asked for many types; then signed, with the same keys by BIND's dnssec-signzone.
//
//   NEARCAST_ALIKE_SEEDS=1-200    tries these seeds, unsigned; the first tenth of them, at least two, signed as well. Here: 1-2.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { compileNames } from '../../src/zone/compile-names.ts'
import { ZoneSigner } from '../../src/zone/signing/zone-signer.ts'
import { nearcast as command, run } from '../support/command.ts'
import { serve, type Process } from '../support/daemon.ts'
import { freePort } from '../support/free-port.ts'
import { combined, dnssec, storedKey, zoneText } from '../support/signed-world.ts'
import { tiny, type Tiny } from '../support/tiny.ts'
import { differences } from './alike-differences.ts'
import { askAll, type Question } from './alike-reader.ts'
import { askedTypes, makeZone, type AlikeZone } from './alike-zones.ts'
import { authorities, type Authority, type ZoneText } from './authorities.ts'
import { isMissing } from './tools.ts'

const [first, last] = (process.env.NEARCAST_ALIKE_SEEDS ?? '1-2').split('-').map(Number)
const seeds = Array.from({ length: last - first + 1 }, (_, i) => first + i)
const signedSeeds = seeds.slice(0, Math.max(2, Math.ceil(seeds.length / 10)))
/** The most that a failure prints. */
const shown = 20

const programs = Object.assign({}, ...authorities.map((one) => one.programs)) as Record<string, string>
const skipped = isMissing('NSD, Knot DNS and BIND', programs)
const noSigner = isMissing('dnssec-signzone', { 'dnssec-signzone': 'bind9-utils' })
const noVerifiers = isMissing('verifiers of zones', { 'dnssec-verify': 'bind9-utils', 'ldns-verify-zone': 'ldnsutils' })

interface Asking extends Question {
  readonly zone: AlikeZone
}

describe.skipIf(skipped)('what is static', () => {
  const plain = seeds.map((seed) => makeZone(seed, `z${seed}.example.net`))
  const secure = noSigner ? [] : signedSeeds.map((seed) => makeZone(seed, `s${seed}.example.net`))
  let site: Tiny
  let nearcast: Process
  let port: number
  let peers: readonly (Authority & { readonly name: string })[]

  beforeAll(async () => {
    port = await freePort()
    site = tiny({ port, adminPort: await freePort() })
    const zones = [
      ...plain.map(({ name }) => `  ${name}: { zoneFile: ${name}.zone }\n`),
      ...secure.map(({ name }) => `  ${name}: { zoneFile: ${name}.zone, dnssec: { keys: keys } }\n`),
    ]
    site.writeText(readFileSync(site.configPath, 'utf8') + zones.join(''))
    for (const { name, text } of [...plain, ...secure]) writeFileSync(join(site.directory, `${name}.zone`), text)
    const signed: ZoneText[] = []
    for (const zone of secure) signed.push({ name: zone.name, text: await signElsewhere(site, zone) })
    const all = [...plain, ...signed]
    const started = authorities.map(async ({ name, start }) => ({ ...(await start(all)), name }))
    nearcast = await serve(site)
    peers = await Promise.all(started)
  })
  afterAll(async () => {
    await Promise.all((peers ?? []).map((peer) => peer.stop()))
    nearcast?.kill('SIGTERM')
    await nearcast?.ended
    site?.remove()
  })

  it('is answered alike where a zone is not signed', async ({ annotate }) => {
    const questions = plain.flatMap((zone) => questionsFor(zone, false))
    const [ours, ...theirs] = await Promise.all(
      [port, ...peers.map((peer) => peer.port)].map((to) => askAll(to, questions)),
    )
    for (const [index, peer] of peers.entries()) {
      const found = questions.flatMap((question, i) =>
        tell(question, differences(ours[i], theirs[index][i], question.zone)),
      )
      expect({ [peer.name]: found.slice(0, shown) }).toEqual({ [peer.name]: [] })
    }
    expect(questions.length).toBeGreaterThan(1000 * plain.length)
    await annotate(`${questions.length} questions in ${plain.length} zones`)
  })

  it.skipIf(noSigner)('is answered alike, proofs included, where a zone is signed', async ({ annotate }) => {
    const questions = secure.flatMap((zone) => [...questionsFor(zone, true), ...questionsFor(zone, false)])
    const [ours, ...theirs] = await Promise.all(
      [port, ...peers.map((peer) => peer.port)].map((to) => askAll(to, questions)),
    )
    // One of them is enough. Where a wildcard is an empty non-terminal, Knot DNS 3.2 and BIND 9.18 leave out the NSEC which shows
    // that it is; where an empty non-terminal sorts before `*`, NSD 4.6 sends one that does not cover the wildcard.
    const found = questions.flatMap((question, i) => {
      const each = theirs.map((answers) => differences(ours[i], answers[i], question.zone))
      return each.some(({ length }) => length === 0) ? [] : tell(question, each.flat())
    })
    expect(found.slice(0, shown)).toEqual([])
    await annotate(`${questions.length} questions in ${secure.length} zones`)
  })

  it.skipIf(noVerifiers)('passes dnssec-verify and ldns-verify-zone when it is signed', async () => {
    const { config, problems } = await loadConfig(site.configPath)
    expect(problems).toEqual([])
    const now = Math.floor(Date.now() / 1000)
    for (const zone of config?.zones.filter(({ name }) => name.startsWith('s')) ?? []) {
      const signer = new ZoneSigner(zone, dnssec(), [storedKey('ecdsap256', combined)], now)
      const file = join(site.directory, `${zone.name}.compiled`)
      const signing = { signers: [signer], steeredTypes: () => [] }
      writeFileSync(file, zoneText(compileNames([zone], 1, () => 0, signing)))
      const byBind = await run('dnssec-verify', ['-q', '-z', '-o', zone.name, file])
      const byLdns = await run('ldns-verify-zone', ['-V', '1', file])
      expect([zone.name, byBind, byLdns]).toMatchObject([zone.name, { status: 0 }, { status: 0 }])
    }
  })
})

function questionsFor(zone: AlikeZone, dnssecOk: boolean): Asking[] {
  return zone.names.flatMap((name) => askedTypes.map((type) => ({ name, type, dnssecOk, zone })))
}

function tell({ name, type, dnssecOk }: Question, found: readonly string[]): string[] {
  return found.map((difference) => `${name} ${type}${dnssecOk ? ' DO' : ''}: ${difference}`)
}

/** The text of a zone as BIND signs it, with a key that Nearcast makes and signs with. */
async function signElsewhere({ directory, configPath }: Tiny, { name }: AlikeZone): Promise<string> {
  const [file, signed] = [`${name}.zone`, `${name}.signed`].map((one) => join(directory, one))
  const made = await command(['keys', 'generate', name, '--config', configPath])
  if (made.status !== 0) throw new Error(made.stderr)
  // One key signs all, the keys and the rest.
  const how = ['-q', '-P', '-z', '-S', '-K', join(directory, 'keys'), '-d', directory]
  const { status, stderr } = await run('dnssec-signzone', [...how, '-o', name, '-f', signed, file])
  if (status !== 0) throw new Error(stderr)
  return readFileSync(signed, 'utf8')
}
