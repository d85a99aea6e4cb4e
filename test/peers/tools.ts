// Whether programs that are not ours are there. Missing ones are said loudly, and are a failure where nobody looks: in CI.
import { accessSync, constants, existsSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { mayHaveOwnNetwork } from '../support/own-network.ts'

/**
 * Whether one of these programs is not installed, so that the tests of `peer` have to be skipped.
 * @param programs the Debian package of each
 * @throws in CI, where everything is installed
 */
export function isMissing(peer: string, programs: Readonly<Record<string, string>>): boolean {
  const missing = Object.keys(programs).filter((program) => findProgram(program) === null)
  if (missing.length === 0) return false
  const packages = [...new Set(missing.map((program) => programs[program]))]
  return skip(`${peer}: ${missing.join(' and ')} not found; apt-get install ${packages.join(' ')}`)
}

/**
 * Whether this process may not make itself a network of its own, so that the tests of `peer` have to be skipped.
 * @throws in CI, where it may
 */
export function isConfined(peer: string): boolean {
  return !mayHaveOwnNetwork() && skip(`${peer}: no network of its own; run it as root`)
}

function skip(advice: string): true {
  if (process.env.CI) throw new Error(advice)
  process.stderr.write(`\n*** SKIPPED *** ${advice}\n\n`)
  return true
}

/** The path of a program, or of a file whose path is known; null when it is not there. */
export function findProgram(name: string): string | null {
  if (isAbsolute(name)) return existsSync(name) ? name : null
  // Where Debian puts daemons is not in everybody's PATH.
  const directories = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin']
  for (const directory of directories) {
    const path = join(directory, name)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      // Not here.
    }
  }
  return null
}
