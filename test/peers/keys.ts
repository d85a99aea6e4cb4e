// A signing key of live.example.net as BIND's tools make it, in the forms that those who trust it want. Knows no signatures.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../support/command.ts'

export interface TrustedKey {
  /** Where its two files are. */
  readonly directory: string
  /** The DNSKEY record, as it stands in a zone file. */
  readonly dnskey: string
  /** The data of the DS record. */
  readonly ds: string
  remove(): void
}

/** Makes a key that signs the keys and all else. */
export async function makeKey(zone: string): Promise<TrustedKey> {
  const directory = mkdtempSync(join(tmpdir(), 'nearcast-keys-'))
  const made = await run('dnssec-keygen', ['-q', '-K', directory, '-a', 'ECDSAP256SHA256', '-f', 'KSK', zone])
  const file = join(directory, `${made.stdout.trim()}.key`)
  const { stdout } = await run('dnssec-dsfromkey', ['-2', file])
  const lines = readFileSync(file, 'utf8').split('\n')
  return {
    directory,
    dnskey: lines.find((line) => line.includes(' DNSKEY ')) ?? '',
    ds: stdout.trim().split(' ').slice(3).join(' '),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}
