// RFC 4035 for steered names: what is picked and signed while it is asked for, judged by BIND's delv under a trust anchor of the test's own.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createKey } from '../../src/zone/key-directory.ts'
import { noTimes } from '../../src/zone/signing/key-times.ts'
import { isMissing } from '../peers/tools.ts'
import { openValidator, type Validator } from '../support/delv.ts'
import { apex, combined, dnssec, makeSignedWorld, zone } from '../support/signed-world.ts'

const noDelv = isMissing('delv', { delv: 'bind9-dnsutils' })

const asked = [
  ['play', 'A', 'a steered name (section 3.1.1)'],
  ['plain', 'A', 'a steered name whose picks the block decides'],
  ['show1.play', 'A', 'a stream under the wildcard (section 3.1.3.3)'],
  ['show2.play', 'A', 'another stream'],
  ['a.b.show3.play', 'A', 'a stream several labels below the wildcard'],
  ['*.play', 'A', 'the wildcard itself'],
  ['play', 'HTTPS', 'an HTTPS record'],
  ['show1.play', 'HTTPS', 'an HTTPS record under the wildcard'],
  ['watch', 'A', 'an alias to a stream'],
] as const

describe.skipIf(noDelv).each(['ecdsap256', 'ed25519'] as const)('a zone signed with %s', (algorithm) => {
  const directory = mkdtempSync(join(tmpdir(), 'nearcast-keys-'))
  const times = { ...noTimes, publish: 0, activate: 0, syncPublish: 0 }
  let validator: Validator

  beforeAll(async () => {
    const key = createKey(directory, zone.apex, algorithm, combined, times, new Set())
    const world = makeSignedWorld([key])
    const { validitySeconds } = dnssec()
    const signing = [
      {
        apex: zone.apex,
        keySet: world.signer.keySet,
        files: [key.file],
        validitySeconds,
        refreshSeconds: validitySeconds / 4,
      },
    ]
    validator = await openValidator({ ...world, published: { ...world.published, signing } }, [key])
  }, 60_000)

  afterAll(async () => {
    await validator.stop()
    rmSync(directory, { recursive: true })
  })

  it.each(asked)('answers %s %s so that it validates: %s', async (name, type) => {
    const said = await validator.ask(`${name}.${apex}`, type)
    expect(said).toContain('; fully validated')
    expect(said).toContain('RRSIG')
  })
})
