// Opens the files that hold secrets, so that what could not be used is said with everything else. Never says what they hold.
import { stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { secretForm, secretFormInWords } from '../admin/model.ts'
import { readRegularAside } from '../memory/regular-file.ts'
import { readSecret } from '../server/secret-file.ts'
import type { Place } from './problem.ts'
import type { Resolving } from './resolving.ts'

/** That a file is missing was said where it is named; one that is closed to who reads may be open to the daemon. */
const notHere: readonly unknown[] = ['ENOENT', 'ENOTDIR']
const closed: readonly unknown[] = ['EACCES', 'EPERM']

export async function checkSecrets(from: Resolving): Promise<void> {
  for (const key of ['secretFile', 'previousSecretFile'] as const) {
    const path = from.raw.server.cookies[key]
    if (path !== undefined) await open(from, from.at('server', 'cookies', key), key, path, readSecret)
  }
  const known = new Map<string, string>()
  for (const [index, { name, secretFile }] of from.raw.admin.tokens.entries()) {
    const place = from.at('admin', 'tokens', index, 'secretFile')
    await open(from, place, 'secretFile', secretFile, async (file) => {
      const secret = (await readRegularAside(file)).toString().trim()
      if (!secretForm.test(secret)) throw new Error(`${file}: expected ${secretFormInWords}`)
      const first = known.get(secret)
      known.set(secret, first ?? name)
      if (first !== undefined) throw new Error(`${file} holds the secret of token ${first}, expected one of its own`)
      const { mode } = await stat(file)
      if ((mode & 0o007) !== 0) from.report.warning(place, `secretFile: others may read ${file}: chmod o= ${file}`)
    })
  }
}

async function open(
  from: Resolving,
  place: Place,
  key: string,
  path: string,
  read: (file: string) => Promise<unknown>,
): Promise<void> {
  const file = resolve(dirname(place.file), path)
  try {
    await read(file)
  } catch (error) {
    const { message, code, cause } = error as NodeJS.ErrnoException & { cause?: NodeJS.ErrnoException }
    const why = cause?.code ?? code
    if (notHere.includes(why)) return
    if (closed.includes(why))
      from.report.warning(place, `${key}: ${file} cannot be read here (${why}), so it is not checked`)
    else from.report.problem(place, `${key}: ${message}`)
  }
}
