// What `nearcast keys` writes: all of a step, or nothing and why. Knows no roll and prints nothing.
import { NearcastError } from '../errors.ts'
import { createKey, removeKey, type KeyOnDisk } from '../zone/key-directory.ts'
import type { Dnssec, Zone } from '../zone/model.ts'
import type { KeyTimes } from '../zone/signing/key-times.ts'

/**
 * Makes a key of the zone.
 * @param others whose tags it must not have
 */
type Make = (flags: number, times: KeyTimes, others: readonly KeyOnDisk[]) => KeyOnDisk

const forbidden: readonly (string | undefined)[] = ['EACCES', 'EPERM', 'EROFS']

/**
 * Does what writes into a zone's key directory. Where the system refuses a part of it, the keys that were made are taken back, so that it
 * can be done again.
 */
export function writing<T>(
  { apex, dnssec }: Pick<Zone, 'apex'> & { readonly dnssec: Dnssec },
  write: (make: Make) => T,
): T {
  const made: KeyOnDisk[] = []
  try {
    return write((flags, times, others) => {
      const taken = new Set(others.map(({ key }) => key.keyTag))
      const key = createKey(dnssec.directory, apex, dnssec.algorithm, flags, times, taken)
      made.push(key)
      return key
    })
  } catch (error) {
    for (const key of made) removeKey(key)
    const { code, syscall, message } = error as NodeJS.ErrnoException
    if (syscall === undefined) throw error
    const isForbidden = forbidden.includes(code)
    const advice = isForbidden ? 'run this as the user the keys belong to, or as root' : 'mend that and run this again'
    throw new NearcastError(
      isForbidden ? 'NC_FORBIDDEN' : 'NC_CONFLICT',
      `${dnssec.directory} cannot be written: ${message}; ${advice}`,
    )
  }
}
