// Files of secrets: what could not be used is said with its place before anything starts, and never what they hold.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from '../../../src/config/load.ts'
import { formatProblem } from '../../../src/config/problem.ts'
import { good, main } from './load-files.ts'

const secret = 'a-secret-of-twenty-letters'
const digits = '0123456789abcdef'.repeat(2)

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'nearcast-secrets-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

function write(name: string, text: string, mode = 0o600): void {
  const path = join(directory, name)
  writeFileSync(path, text)
  chmodSync(path, mode)
}

/** What is said of the good configuration with this line before it. */
async function said(line: string): Promise<{ problems: string[]; warnings: string[] }> {
  write(main, `${line}\n${good}`)
  const { problems, warnings } = await loadConfig(join(directory, main), { reader: directory })
  const show = (problem: (typeof problems)[number]): string =>
    formatProblem(problem, directory).replaceAll(directory, '')
  return { problems: problems.map(show), warnings: warnings.map(show) }
}

const cookies = 'server: { cookies: { secretFile: new, previousSecretFile: old } }'
const tokens =
  'admin: { tokens: [{ name: ops, role: operator, secretFile: ops }, { name: eye, role: viewer, secretFile: eye }] }'

describe('secrets of cookies', () => {
  it('that can be used are not spoken of', async () => {
    for (const name of ['new', 'old']) write(name, `${digits}\n`)
    expect(await said(cookies)).toEqual({ problems: [], warnings: [] })
  })

  it('are refused where they are none, or open to others', async () => {
    write('new', 'zz')
    write('old', digits, 0o644)
    expect(await said(cookies)).toEqual({
      problems: [
        `${main}:1:34: secretFile: the cookie secret in /new cannot be used: expected 32 hexadecimal digits, as openssl rand -hex 16 writes`,
        `${main}:1:59: previousSecretFile: the cookie secret in /old cannot be used: its mode is 0644, expected 0600 or 0640: chmod 600 /old`,
      ],
      warnings: [],
    })
  })

  it('that are missing are warned of once', async () => {
    write('new', digits)
    const { problems, warnings } = await said(cookies)
    expect([problems, warnings]).toEqual([[], [expect.stringMatching(/^nearcast.yaml:1:59: .* there is no file/)]])
  })
})

describe('secrets of tokens', () => {
  it('that can be used are not spoken of', async () => {
    write('ops', `${secret}-1\n`, 0o640)
    write('eye', `${secret}-2\n`)
    expect(await said(tokens)).toEqual({ problems: [], warnings: [] })
  })

  it.each(['', 'short', `${secret}\n${secret}`])('are refused where they are none: %j', async (text) => {
    write('ops', text)
    write('eye', secret)
    expect(await said(tokens)).toEqual({
      problems: [`${main}:1:60: secretFile: /ops: expected 16 to 1024 printable characters without spaces`],
      warnings: [],
    })
  })

  it('are refused where two tokens have one', async () => {
    for (const name of ['ops', 'eye']) write(name, secret)
    const { problems } = await said(tokens)
    expect(problems).toEqual([`${main}:1:106: secretFile: /eye holds the secret of token ops, expected one of its own`])
  })

  it('are warned of where others may read them', async () => {
    write('ops', secret, 0o644)
    write('eye', `${secret}-2`)
    expect(await said(tokens)).toEqual({
      problems: [],
      warnings: [`${main}:1:60: secretFile: others may read /ops: chmod o= /ops`],
    })
  })
})
