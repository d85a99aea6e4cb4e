// RFC 4034, the records of DNSSEC: a whole compiled zone, judged by ldns-verify-zone as a zone file.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Flags } from '../../src/zone/signing/dnskey.ts'
import type { StoredKey } from '../../src/zone/signing/key-file.ts'
import { windowOf } from '../../src/zone/signing/zone-signer.ts'
import { isMissing } from '../peers/tools.ts'
import { apex, combined, makeSignedWorld, storedKey, zoneText } from '../support/signed-world.ts'
import { name } from '../support/world.ts'

const noLdns = isMissing('ldns-verify-zone', { 'ldns-verify-zone': 'ldnsutils' })

function verify(text: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'nearcast-zone-'))
  try {
    const file = join(directory, 'zone')
    writeFileSync(file, text)
    const { stdout, stderr } = spawnSync('ldns-verify-zone', ['-V', '4', file], { encoding: 'utf8' })
    return stdout + stderr
  } finally {
    rmSync(directory, { recursive: true })
  }
}

const forms: Readonly<Record<string, readonly StoredKey[]>> = {
  'one ECDSA key': [storedKey('ecdsap256', combined, { syncPublish: 0 })],
  'one Ed25519 key': [storedKey('ed25519', combined)],
  'a key-signing and a zone-signing key': [storedKey('ecdsap256', combined), storedKey('ecdsap256', Flags.zone)],
}

describe.skipIf(noLdns)('a compiled zone', () => {
  it.each(Object.entries(forms))('sections 3 and 4: every signature and the chain are good with %s', (_, keys) => {
    expect(verify(zoneText(makeSignedWorld(keys).tables))).toContain('Zone is verified and complete')
  })

  it('section 3: a record that was changed is found out, so the judge looks', () => {
    const text = zoneText(makeSignedWorld().tables)
    const other = text.replace(Buffer.from('deep').toString('hex'), Buffer.from('peed').toString('hex'))
    expect(other).not.toBe(text)
    expect(verify(other)).toMatch(/[Bb]ogus/)
  })
})

describe('section 3.1.5: validity', () => {
  const day = 86_400
  const now = Date.UTC(2026, 5, 1) / 1000
  const owners = Array.from({ length: 200 }, (_, i) => name(`name${i}.${apex}`))

  it('began at least an hour ago and lasts for three quarters of its length or more', () => {
    for (const owner of owners) {
      const { inception, expiration } = windowOf(owner, 1, now, 14 * day)
      expect(now - inception).toBeGreaterThanOrEqual(3600)
      expect(expiration - now).toBeGreaterThan(10.5 * day)
      expect(expiration - inception).toBe(14 * day + 3600)
    }
  })

  it('is the same when a zone is compiled again, until its own hour comes; no two hours are alike', () => {
    const windows = owners.map((owner) => windowOf(owner, 1, now, 14 * day).expiration)
    expect(new Set(windows).size).toBe(owners.length)
    const later = owners.map((owner) => windowOf(owner, 1, now + 3600, 14 * day).expiration)
    const moved = windows.filter((expiration, i) => later[i] !== expiration)
    expect(moved.length).toBeLessThan(10)
  })
})
