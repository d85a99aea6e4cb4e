// Files that have no end are refused at once, by every way of reading; on a real pipe and a real device.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readState } from '../../../src/fleet/state-file.ts'
import { hashFile } from '../../../src/memory/hash-file.ts'
import { readRegular, readRegularAside } from '../../../src/memory/regular-file.ts'
import { Type } from 'typebox'

let directory: string
const at = (name: string): string => join(directory, name)

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'nearcast-regular-'))
  execFileSync('mkfifo', [at('pipe')])
  symlinkSync('/dev/zero', at('device'))
  symlinkSync('whole', at('link'))
  writeFileSync(at('whole'), 'all of it')
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

describe.each(['pipe', 'device'])('a %s', (name) => {
  it('is refused', async () => {
    const why = `${at(name)} is not a regular file`
    expect(() => readRegular(at(name))).toThrow(why)
    await expect(readRegularAside(at(name))).rejects.toThrow(why)
    expect(() => hashFile(at(name), createHash('sha256'))).toThrow(why)
  })

  it('in the place of a state is left where it is', () => {
    const { state, problem, unread } = readState(at(name), Type.Object({}), 0, 'all is lost')
    expect({ state, unread }).toEqual({ state: null, unread: true })
    expect(problem).toContain('is not a regular file')
  })
})

it('a file is read whole, through a link too', async () => {
  expect(readRegular(at('link')).toString()).toBe('all of it')
  expect((await readRegularAside(at('link'))).toString()).toBe('all of it')
})

it.each(['', 'missing'])('a directory and what is missing are errors of the system', async (name) => {
  const code = name === '' ? 'EISDIR' : 'ENOENT'
  expect(() => readRegular(at(name))).toThrow(code)
  await expect(readRegularAside(at(name))).rejects.toThrow(code)
})
