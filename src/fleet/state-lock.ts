// One state directory, one daemon: a lock that ends with the last process that has it, however that ends. Knows no file but its own.
import { ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { NearcastError } from '../errors.ts'
import type { Logger } from '../telemetry/logger.ts'

// <sys/file.h>, the same on every Unix.
const LOCK_EX = 2
const LOCK_NB = 4

/**
 * Takes the directory for this process and those that inherit the descriptor; it is never closed. Where the system has no such
 * locks, or does not let us write there, the log says so and there is none: answering queries matters more.
 * @returns the descriptor, null where there is no lock
 * @throws NC_CONFLICT when another daemon has the directory
 */
export async function lockState(directory: string, log: Logger): Promise<number | null> {
  let taken: string
  try {
    const { default: koffi } = await import('koffi')
    const flock = koffi.load(null).func('int flock(int, int)') as (fd: number, operation: number) => number
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const file = join(directory, 'lock')
    // Others hold the lock, not the file, which nobody ever removes.
    const descriptor = openSync(file, 'a+', 0o600)
    if (flock(descriptor, LOCK_EX | LOCK_NB) === 0) {
      signLock(descriptor)
      return descriptor
    }
    if (koffi.errno() !== constants.errno.EWOULDBLOCK) throw new Error(`flock ${file}: errno ${koffi.errno()}`)
    taken = readFileSync(file, 'utf8').trim()
  } catch (err) {
    log.warn({ event: 'state.not_locked', directory, err }, 'nothing keeps a second daemon from the state directory')
    return null
  }
  const other = taken === '' ? 'another daemon' : `another daemon, process ${taken}`
  throw new NearcastError(
    'NC_CONFLICT',
    `the state directory ${directory} is in use by ${other}, and each would forget what the other was told: stop that one, or give ` +
      'this one a directory of its own with the environment variable STATE_DIRECTORY',
  )
}

/** Writes this process down as the one that has the lock, for the message that others get. */
export function signLock(descriptor: number): void {
  try {
    ftruncateSync(descriptor)
    writeSync(descriptor, `${process.pid}\n`)
  } catch {
    // A full disk: the lock holds all the same.
  }
}
