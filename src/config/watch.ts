// Notices that configuration files changed, once they are at rest. Reads none of them; knows no reload.
import { lstatSync, readdirSync, statSync, watch, type FSWatcher } from 'node:fs'
import { dirname, extname, join } from 'node:path'
import type { Logger } from '../telemetry/logger.ts'

/** So long nothing may happen to the files before the change counts: a copy that goes on keeps putting it off. */
const restMs = 200

/** A directory that is watched. */
interface Watched {
  readonly watcher: FSWatcher
  /** Another one may come to have its name. */
  readonly inode: bigint
  extensions: ReadonlySet<string>
}

/**
 * Watches the directories of files, not the files: editors and deployments put a new file in the place of the old one, and a
 * pattern in an include may come to match one that was not there.
 */
export class ConfigWatch {
  readonly #onChange: () => void
  readonly #log: Logger
  readonly #watched = new Map<string, Watched>()
  #rest: NodeJS.Timeout | undefined

  constructor(onChange: () => void, log: Logger) {
    this.#onChange = onChange
    this.#log = log
  }

  /**
   * Watches for these files, and no others from now on.
   * @param files absolute
   * @param sinceMs when they began to be read, in Unix milliseconds: what changed later may not have been
   */
  watch(files: readonly string[], sinceMs: number): void {
    const byDirectory = Map.groupBy(files, dirname)
    for (const directory of this.#watched.keys()) if (!byDirectory.has(directory)) this.#leave(directory)
    for (const [directory, inside] of byDirectory) {
      try {
        this.#follow(directory, new Set(inside.map((file) => extname(file))), sinceMs)
      } catch (error) {
        this.#report(directory, error)
      }
    }
  }

  close(): void {
    clearTimeout(this.#rest)
    for (const directory of this.#watched.keys()) this.#leave(directory)
  }

  #follow(directory: string, extensions: ReadonlySet<string>, sinceMs: number): void {
    const { ino: inode } = statSync(directory, { bigint: true })
    const before = this.#watched.get(directory)
    // A watcher that was closed and opened again would not tell what happened just before.
    if (before?.inode === inode) {
      before.extensions = extensions
      return
    }
    this.#leave(directory)
    const watcher = watch(directory, { persistent: false }, (_event, name) => {
      if (mayMatter(name, this.#watched.get(directory)?.extensions ?? extensions)) this.#wait()
    })
    watcher.on('error', (err) => this.#report(directory, err))
    this.#watched.set(directory, { watcher, inode, extensions })
    if (changedSince(directory, extensions, sinceMs)) this.#wait()
  }

  #leave(directory: string): void {
    this.#watched.get(directory)?.watcher.close()
    this.#watched.delete(directory)
  }

  #wait(): void {
    clearTimeout(this.#rest)
    this.#rest = setTimeout(this.#onChange, restMs)
  }

  #report(directory: string, err: unknown): void {
    this.#leave(directory)
    this.#log.warn(
      { event: 'config.unwatched', directory, err },
      'changes here are seen only at SIGHUP or POST /v1/reload',
    )
  }
}

/** Nobody has watched the directory yet. */
function changedSince(directory: string, extensions: ReadonlySet<string>, sinceMs: number): boolean {
  const names = readdirSync(directory).filter((name) => mayMatter(name, extensions))
  return names.some((name) => (lstatSync(join(directory, name), { throwIfNoEntry: false })?.ctimeMs ?? 0) > sinceMs)
}

/** Logs, locks and editors' temporary files lie beside configurations; `..data` is the link that Kubernetes moves. */
function mayMatter(name: string | null, extensions: ReadonlySet<string>): boolean {
  if (name === null || name === '..data') return true
  return !name.startsWith('.') && extensions.has(extname(name))
}
