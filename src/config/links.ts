// Follows a path as the kernel does, and notes every name whose change would lead it elsewhere. Watches nothing.
import { lstatSync, readlinkSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'

/** As many links as Linux follows in one path. */
const mostLinks = 40

/** A name in a directory. */
export interface Way {
  readonly directory: string
  readonly name: string
}

/** Where a path leads. */
export interface Followed {
  /** Without links; null when something on the way is not there. */
  readonly path: string | null
  /** The symbolic links on the way, and the first name that is not there. */
  readonly ways: readonly Way[]
}

/**
 * @param path absolute
 * @throws what the file system says but that something is not there
 */
export function follow(path: string): Followed {
  const ways: Way[] = []
  let directory = '/'
  let rest = namesOf(path)
  let links = 0
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    if (name === '..') {
      directory = dirname(directory)
      continue
    }
    const here = join(directory, name)
    const stats = lstatSync(here, { throwIfNoEntry: false })
    if (stats === undefined || (stats.isSymbolicLink() && links++ < mostLinks)) ways.push({ directory, name })
    if (stats === undefined) return { path: null, ways }
    if (!stats.isSymbolicLink() || links > mostLinks) {
      directory = here
      continue
    }
    const target = readlinkSync(here)
    if (isAbsolute(target)) directory = '/'
    rest = [...namesOf(target), ...rest]
  }
  return { path: directory, ways }
}

function namesOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.')
}
