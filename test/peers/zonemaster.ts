// Zonemaster as a judge of a zone before it is delegated. Knows no zone.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../support/command.ts'

export interface Finding {
  readonly level: string
  /** What was found, in its own word: `NOT_SIGNED`. */
  readonly tag: string
}

export interface Undelegated {
  readonly zone: string
  /** Addresses of its servers by name; they listen on port 53. */
  readonly servers: Readonly<Record<string, readonly string[]>>
  readonly hints: string
  /** Data of a DS record that would stand in the parent, null when the zone is not signed. */
  readonly ds: string | null
}

/** Everything Zonemaster has to say at NOTICE or above. */
export async function judgeZone({ zone, servers, hints, ds }: Undelegated): Promise<Finding[]> {
  const directory = mkdtempSync(join(tmpdir(), 'nearcast-zonemaster-'))
  try {
    const path = join(directory, 'hints')
    writeFileSync(path, hints)
    const names = Object.entries(servers).flatMap(([name, addresses]) =>
      addresses.flatMap((address) => ['--ns', `${name}/${address}`]),
    )
    const signed = ds === null ? [] : ['--ds', ds.split(' ').join()]
    const { stdout, stderr } = await run('zonemaster-cli', [
      '--hints',
      path,
      ...names,
      ...signed,
      '--level',
      'NOTICE',
      '--json',
      '--raw',
      zone,
    ])
    try {
      return JSON.parse(stdout) as Finding[]
    } catch {
      throw new Error(`zonemaster-cli says ${stdout}${stderr}`)
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
