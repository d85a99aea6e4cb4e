// Files that save work: named by what they were made from, checked when read, never needed. Knows nothing of what they hold.
import { createHash, hash, randomUUID } from 'node:crypto'
import { accessSync, constants, mkdirSync } from 'node:fs'
import { copyFile, link, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { hashFile } from '../memory/hash-file.ts'
import { readRegularAside } from '../memory/regular-file.ts'

const digestSize = 32

/** Where the cache lies unless the caller says: what systemd gives a service, else the user's own; null for a user who has no home. */
export function defaultCacheDirectory(environment: NodeJS.ProcessEnv = process.env): string | null {
  const ofService = environment.CACHE_DIRECTORY?.split(':', 1)[0]
  if (ofService) return ofService
  const base = environment.XDG_CACHE_HOME
  if (base?.startsWith('/')) return join(base, 'nearcast')
  const home = homeDirectory()
  return home === null ? null : join(home, '.cache', 'nearcast')
}

/** That of the user; null for one whom neither HOME nor the system gives any, as containers have them. */
export function homeDirectory(): string | null {
  try {
    return homedir()
  } catch {
    return null
  }
}

/** Every failure is a note for the log and otherwise as if nothing had been kept. */
export class Cache {
  readonly #directory: string
  readonly #note: (message: string) => void

  private constructor(directory: string, note: (message: string) => void) {
    this.#directory = directory
    this.#note = note
  }

  /** Makes the directory when there is none; null, with a note, when nothing can be kept there. */
  static open(directory: string, note: (message: string) => void): Cache | null {
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 })
      accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK)
      return new Cache(directory, note)
    } catch (error) {
      note(`the cache directory ${directory} cannot be used, so nothing is kept: ${reason(error)}`)
      return null
    }
  }

  /** @param key safe as a file name; its part before the first `-` says what kind of thing it is */
  async get(key: string): Promise<Buffer | null> {
    const path = join(this.#directory, key)
    try {
      const sealed = await readRegularAside(path)
      const value = sealed.subarray(digestSize)
      if (sealed.length >= digestSize && hash('sha256', value, 'buffer').equals(sealed.subarray(0, digestSize))) {
        const now = new Date()
        await utimes(path, now, now)
        return value
      }
      this.#note(`${path} is damaged and is made again`)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#note(`${path} cannot be read: ${reason(error)}`)
    }
    return null
  }

  /** Whole or not at all: a reader never meets half a file. Whether it is kept. */
  async set(key: string, value: Uint8Array): Promise<boolean> {
    return await this.#write(key, [hash('sha256', value, 'buffer'), value])
  }

  /**
   * Puts what setBare kept at a path, too, without reading it into memory.
   * @param digest its SHA-256
   * @returns false when there is no such thing, or it is damaged
   */
  async bring(key: string, digest: Uint8Array, to: string): Promise<boolean> {
    const path = join(this.#directory, key)
    try {
      const found = createHash('sha256')
      hashFile(path, found)
      if (found.digest().equals(digest)) {
        const now = new Date()
        await utimes(path, now, now)
        // On another file system it is copied.
        await link(path, to).catch(() => copyFile(path, to))
        return true
      }
      this.#note(`${path} is damaged and is made again`)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#note(`${path} cannot be read: ${reason(error)}`)
    }
    return false
  }

  /** Like set, for `bring`: whoever brings it keeps the digest. */
  async setBare(key: string, value: Uint8Array): Promise<void> {
    await this.#write(key, [value])
  }

  /** Counts as used now, so that it stays. */
  async touch(key: string): Promise<void> {
    const now = new Date()
    await utimes(join(this.#directory, key), now, now).catch(() => {})
  }

  async #write(key: string, bytes: readonly Uint8Array[]): Promise<boolean> {
    const path = join(this.#directory, key)
    const fresh = `${path}.${randomUUID()}.new`
    try {
      await writeFile(fresh, bytes, { mode: 0o600 })
      await rename(fresh, path)
      return true
    } catch (error) {
      this.#note(`${path} cannot be written: ${reason(error)}`)
      await rm(fresh, { force: true }).catch(() => {})
      return false
    }
  }

  /** Keeps the `count` files of a kind that were used last. */
  async keep(kind: string, count: number): Promise<void> {
    try {
      const names = (await readdir(this.#directory)).filter((name) => name.startsWith(`${kind}-`))
      if (names.length <= count) return
      const paths = names.map((name) => join(this.#directory, name))
      const files = await Promise.all(paths.map(async (path) => ({ path, usedAt: (await stat(path)).mtimeMs })))
      const old = files.toSorted((a, b) => b.usedAt - a.usedAt).slice(count)
      await Promise.all(old.map(({ path }) => rm(path, { force: true })))
    } catch (error) {
      this.#note(`old files in ${this.#directory} cannot be removed: ${reason(error)}`)
    }
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
