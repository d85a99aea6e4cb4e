// Notices that configuration files changed, once they are at rest. Reads none of them; knows no reload.
import { lstatSync, readdirSync, statSync, watch, type FSWatcher } from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import type { Logger } from '../telemetry/logger.ts'
import { follow } from './links.ts'

/** So long nothing may happen to the files before the change counts: a copy that goes on keeps putting it off. */
const restMs = 200

/** What the kernel means when it gives no watch: neither disks nor, as a rule, descriptors. */
const limits: ReadonlyMap<string | undefined, string> = new Map([
  ['ENOSPC', 'fs.inotify.max_user_watches'],
  ['EMFILE', 'fs.inotify.max_user_instances, or the limit of open files'],
])

/** What matters in a directory. */
interface Wanted {
  /** Of files that may come, too. */
  readonly extensions: Set<string>
  readonly names: Set<string>
}

/** A directory that is watched. */
interface Watched {
  readonly watcher: FSWatcher
  /** Another one may come to have its name. */
  readonly inode: bigint
  wanted: Wanted
}

/**
 * Watches the directories of files, not the files: editors and deployments put a new file in the place of the old one, and a
 * pattern in an include may come to match one that was not there. Links on the way to a file are watched as well.
 */
export class ConfigWatch {
  readonly #onChange: () => void
  readonly #log: Logger
  readonly #watched = new Map<string, Watched>()
  #files: ReadonlySet<string> = new Set()
  #rest: NodeJS.Timeout | undefined

  constructor(onChange: () => void, log: Logger) {
    this.#onChange = onChange
    this.#log = log
  }

  /**
   * Watches for these files from now on.
   * @param files absolute
   * @param sinceMs when they began to be read, in Unix milliseconds: what changed later may not have been
   * @param more besides those before: mending what was refused may be what comes next
   */
  watch(files: readonly string[], sinceMs: number, more: boolean): void {
    this.#files = new Set(more ? [...this.#files, ...files] : files)
    const wanted = this.#wanted()
    for (const directory of this.#watched.keys()) if (!wanted.has(directory)) this.#leave(directory)
    for (const [directory, what] of wanted) this.#try(directory, () => this.#watchOne(directory, what, sinceMs))
  }

  close(): void {
    clearTimeout(this.#rest)
    for (const directory of this.#watched.keys()) this.#leave(directory)
  }

  /** By directory, without links. */
  #wanted(): Map<string, Wanted> {
    const wanted = new Map<string, Wanted>()
    const within = (directory: string): Wanted => {
      const known = wanted.get(directory) ?? { extensions: new Set(), names: new Set() }
      wanted.set(directory, known)
      return known
    }
    const walk = (path: string, arrive: (path: string) => void): void =>
      this.#try(path, () => {
        const { path: real, ways } = follow(path)
        for (const { directory, name } of ways) within(directory).names.add(name)
        if (real !== null) arrive(real)
      })
    for (const [directory, files] of Map.groupBy(this.#files, dirname)) {
      walk(directory, (real) => {
        for (const file of files) within(real).extensions.add(extname(file))
      })
      for (const file of files) walk(file, (real) => within(dirname(real)).names.add(basename(real)))
    }
    for (const directory of wanted.keys()) wanted.get(dirname(directory))?.names.add(basename(directory))
    return wanted
  }

  #watchOne(directory: string, wanted: Wanted, sinceMs: number): void {
    const { ino: inode } = statSync(directory, { bigint: true })
    const before = this.#watched.get(directory)
    // A watcher that was closed and opened again would not tell what happened just before.
    if (before?.inode === inode) {
      before.wanted = wanted
      return
    }
    this.#leave(directory)
    const watcher = watch(directory, { persistent: false }, (_event, name) => {
      if (name === null || mayMatter(name, this.#watched.get(directory)?.wanted ?? wanted)) this.#wait()
    })
    watcher.on('error', (err) => this.#report(directory, err))
    this.#watched.set(directory, { watcher, inode, wanted })
    if (changedSince(directory, wanted, sinceMs)) this.#wait()
  }

  #leave(directory: string): void {
    this.#watched.get(directory)?.watcher.close()
    this.#watched.delete(directory)
  }

  #wait(): void {
    clearTimeout(this.#rest)
    this.#rest = setTimeout(this.#onChange, restMs)
  }

  #try(path: string, action: () => void): void {
    try {
      action()
    } catch (error) {
      this.#report(path, error)
    }
  }

  #report(path: string, err: unknown): void {
    this.#leave(path)
    const limit = limits.get((err as NodeJS.ErrnoException).code)
    const remedy = limit === undefined ? '' : `; raise ${limit}`
    const words = `changes here are seen only at SIGHUP or POST /v1/reload${remedy}`
    this.#log.warn({ event: 'config.unwatched', path, err }, words)
  }
}

/** Nobody has watched the directory yet. */
function changedSince(directory: string, wanted: Wanted, sinceMs: number): boolean {
  const changed = readdirSync(directory, { withFileTypes: true }).filter(
    (entry) => !entry.isDirectory() && mayMatter(entry.name, wanted),
  )
  return changed.some(
    ({ name }) => (lstatSync(join(directory, name), { throwIfNoEntry: false })?.ctimeMs ?? 0) > sinceMs,
  )
}

/** Logs, locks and editors' temporary files lie beside configurations. */
function mayMatter(name: string, { extensions, names }: Wanted): boolean {
  return names.has(name) || (!name.startsWith('.') && extensions.has(extname(name)))
}
