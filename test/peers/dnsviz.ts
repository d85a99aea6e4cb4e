// DNSViz as a judge: what it finds wrong with names when it asks every server from the root down. Knows no name.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../support/command.ts'

export interface Viewed {
  /** Errors and warnings of DNSViz in its JSON; empty when there are none. */
  readonly complaints: string
  /** What each zone's servers answered, by address: how many questions. */
  readonly answersOf: ReadonlyMap<string, number>
}

/**
 * Asks and judges: also signatures, keys, DS records and proofs, though it is given no trusted key (Debian's DNSViz cannot take one).
 * @param servers of the root: names and addresses
 */
export async function viewNames(
  names: readonly string[],
  servers: readonly (readonly [string, string])[],
): Promise<Viewed> {
  const directory = mkdtempSync(join(tmpdir(), 'nearcast-dnsviz-'))
  try {
    const probed = join(directory, 'probed.json')
    const roots = servers.map(([name, address]) => `${name}=${address.includes(':') ? `[${address}]` : address}`)
    await succeed('dnsviz', [
      'probe',
      '-d',
      '0',
      '-A',
      '-E',
      '-a',
      '.',
      '-x',
      `.:${roots.join()}`,
      '-o',
      probed,
      ...names,
    ])
    return {
      complaints: await succeed('dnsviz', ['grok', '-l', 'warning', '-r', probed, ...names]),
      answersOf: countAnswers(readFileSync(probed, 'utf8')),
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

interface Probed {
  readonly queries?: readonly {
    readonly responses: Readonly<Record<string, Readonly<Record<string, { readonly message?: string }>>>>
  }[]
}

function countAnswers(json: string): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { queries } of Object.values(JSON.parse(json) as Readonly<Record<string, Probed>>)) {
    for (const { responses } of queries ?? []) {
      for (const [server, bySource] of Object.entries(responses)) {
        const answered = Object.values(bySource).filter(({ message }) => message !== undefined).length
        counts.set(server, (counts.get(server) ?? 0) + answered)
      }
    }
  }
  return counts
}

async function succeed(file: string, args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await run(file, args)
  if (status !== 0) throw new Error(`${file} ${args.join(' ')}: ${stderr}`)
  return stdout.trim()
}
