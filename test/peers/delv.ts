// BIND's delv as a validator that asks the authority itself. Knows no name.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../support/command.ts'
import { staticKey } from './named.ts'

export interface Delv {
  /** All it says of a name and type, asked from an address: `; fully validated`, `; negative response, fully validated`, or why not. */
  ask(from: string, name: string, type: string): Promise<string>
  remove(): void
}

/**
 * Makes ready to ask.
 * @param dnskey the trusted key as it stands in a zone file
 */
export function makeDelv(server: string, zone: string, dnskey: string): Delv {
  const directory = mkdtempSync(join(tmpdir(), 'nearcast-delv-'))
  const anchors = join(directory, 'anchors')
  writeFileSync(anchors, `trust-anchors { ${staticKey(dnskey)} };\n`)
  return {
    ask: async (from, name, type) => {
      const { stdout, stderr } = await run('delv', [
        `@${server}`,
        '-b',
        from,
        '-a',
        anchors,
        `+root=${zone}`,
        name,
        type,
      ])
      return stdout + stderr
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}
