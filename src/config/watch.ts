// Notices that configuration files changed, once they are at rest. Reads none of them; knows no reload.
import { watch, type FSWatcher } from 'node:fs'
import { dirname, extname } from 'node:path'
import type { Logger } from '../telemetry/logger.ts'

/** So long nothing may happen to the files before the change counts: a copy that goes on keeps putting it off. */
const restMs = 200

/**
 * Watches the directories of files, not the files: editors and deployments put a new file in the place of the old one, and a
 * pattern in an include may come to match one that was not there.
 */
export class ConfigWatch {
  readonly #onChange: () => void
  readonly #log: Logger
  #watchers: FSWatcher[] = []
  #rest: NodeJS.Timeout | undefined

  constructor(onChange: () => void, log: Logger) {
    this.#onChange = onChange
    this.#log = log
  }

  /** Watches for these files, absolute, and no others from now on. */
  watch(files: readonly string[]): void {
    this.#closeWatchers()
    for (const [directory, inside] of Map.groupBy(files, dirname)) {
      const extensions = new Set(inside.map((file) => extname(file)))
      try {
        const watcher = watch(directory, { persistent: false }, (_event, name) => {
          if (mayMatter(name, extensions)) this.#wait()
        })
        watcher.on('error', (err) => this.#report(directory, err))
        this.#watchers.push(watcher)
      } catch (error) {
        this.#report(directory, error)
      }
    }
  }

  close(): void {
    clearTimeout(this.#rest)
    this.#closeWatchers()
  }

  #wait(): void {
    clearTimeout(this.#rest)
    this.#rest = setTimeout(this.#onChange, restMs)
  }

  #report(directory: string, err: unknown): void {
    this.#log.warn(
      { event: 'config.unwatched', directory, err },
      'changes here are seen only at SIGHUP or POST /v1/reload',
    )
  }

  #closeWatchers(): void {
    for (const watcher of this.#watchers) watcher.close()
    this.#watchers = []
  }
}

/** Logs, locks and editors' temporary files lie beside configurations; `..data` is the link that Kubernetes moves. */
function mayMatter(name: string | null, extensions: ReadonlySet<string>): boolean {
  if (name === null || name === '..data') return true
  return !name.startsWith('.') && extensions.has(extname(name))
}
