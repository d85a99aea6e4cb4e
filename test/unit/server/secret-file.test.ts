// Secrets of cookies in files: what is read, and what is refused without saying what it was.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readSecrets } from '../../../src/server/secret-file.ts'

const own = new Uint8Array(16).fill(7)
const digits = 'e5e973e5a6b2a43f48e7dc849e37bfcf'

function fileWith(text: string, mode = 0o600): string {
  const directory = mkdtempSync(join(tmpdir(), 'nearcast-secret-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'cookie-secret')
  writeFileSync(file, text)
  chmodSync(file, mode)
  return file
}

describe('secrets of cookies', () => {
  it('are the process’s own without files', async () => {
    expect(await readSecrets({ secretFile: null, previousSecretFile: null }, own)).toEqual({
      current: own,
      previous: null,
    })
  })

  it('are read from files of 32 hexadecimal digits', async () => {
    const secretFile = fileWith(`${digits}\n`)
    const previousSecretFile = fileWith(digits.toUpperCase(), 0o640)
    const { current, previous } = await readSecrets({ secretFile, previousSecretFile }, own)
    expect(Buffer.from(current).toString('hex')).toBe(digits)
    expect(Buffer.from(previous ?? []).toString('hex')).toBe(digits)
  })

  it.each([0o644, 0o660, 0o601])('are refused when others may have them: mode %o', async (mode) => {
    const secretFile = fileWith(digits, mode)
    const refused = readSecrets({ secretFile, previousSecretFile: null }, own)
    await expect(refused).rejects.toMatchObject({ code: 'NC_CONFIG' })
    await expect(refused).rejects.toThrow(
      `its mode is 0${mode.toString(8)}, expected 0600 or 0640: chmod 600 ${secretFile}`,
    )
  })

  it.each(['', digits.slice(1), `${digits}0`, `${digits}\n${digits}`, 'correct horse battery staple'])(
    'are refused when they are none, and not shown: %j',
    async (text) => {
      const secretFile = fileWith(text)
      const refused: unknown = await readSecrets({ secretFile, previousSecretFile: null }, own).catch(
        (error: unknown) => error,
      )
      expect(refused).toMatchObject({ code: 'NC_CONFIG' })
      const { message } = refused as Error
      expect(message).toContain('expected 32 hexadecimal digits')
      if (text !== '') expect(message).not.toContain(text.slice(0, 8))
    },
  )

  it('are refused when the file is not there', async () => {
    const refused = readSecrets({ secretFile: '/nonexistent/secret', previousSecretFile: null }, own)
    await expect(refused).rejects.toMatchObject({ code: 'NC_CONFIG' })
    await expect(refused).rejects.toThrow('/nonexistent/secret')
  })
})
