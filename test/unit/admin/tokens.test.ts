// Secrets that are exchanged while the admin API runs: when the new ones are in force, and when the old ones stay.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { AdminSettings } from '../../../src/admin/model.ts'
import { Tokens } from '../../../src/admin/tokens.ts'

const [first, second] = ['the-first-secret-of-ops', 'the-second-secret-of-ops']

let directory: string
let secretFile: string
let settings: AdminSettings
let tokens: Tokens
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'nearcast-tokens-'))
  secretFile = join(directory, 'ops.token')
  settings = { address: '127.0.0.1', port: 8053, tokens: [{ name: 'ops', role: 'operator', secretFile }] }
  tokens = new Tokens()
  writeFileSync(secretFile, first)
  await tokens.renew(settings, nothing)
})
afterEach(() => rmSync(directory, { recursive: true }))

async function nothing(): Promise<void> {}

/** Which of the two secrets lets its bearer in. */
function accepted(): string[] {
  return [first, second].filter((secret) => {
    try {
      return tokens.identify(`Bearer ${secret}`).name === 'ops'
    } catch {
      return false
    }
  })
}

it('take the place of the old ones together with what is put into force beside them', async () => {
  writeFileSync(secretFile, second)
  expect(accepted()).toEqual([first])
  let before: string[] = []
  await tokens.renew(settings, async () => void (before = accepted()))
  expect(before).toEqual([first])
  expect(accepted()).toEqual([second])
})

it.each(['', 'short', 'two words that are long enough'])('stay when the new text is %j', async (text) => {
  writeFileSync(secretFile, text)
  let reached = false
  await expect(tokens.renew(settings, async () => void (reached = true))).rejects.toMatchObject({ code: 'NC_CONFIG' })
  expect([reached, accepted()]).toEqual([false, [first]])
})

it('stay when the file is gone, which is named', async () => {
  rmSync(secretFile)
  await expect(tokens.renew(settings, nothing)).rejects.toThrow(secretFile)
  expect(accepted()).toEqual([first])
})

it('stay when what is put into force beside them fails', async () => {
  writeFileSync(secretFile, second)
  await expect(tokens.renew(settings, () => Promise.reject(new Error('no cookie secret')))).rejects.toThrow('cookie')
  expect(accepted()).toEqual([first])
})

it('let nobody in before they are read', () => {
  tokens = new Tokens()
  expect(() => tokens.identify(undefined)).toThrow()
  expect(accepted()).toEqual([])
})
