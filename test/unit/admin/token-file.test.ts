// Token secrets from their files.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { readTokens } from '../../../src/admin/token-file.ts'

const directory = mkdtempSync(join(tmpdir(), 'nearcast-tokens-'))
afterAll(() => rmSync(directory, { recursive: true }))
const secretFile = join(directory, 'ops.token')

it('takes a secret without the line end behind it', async () => {
  writeFileSync(secretFile, 'operator-secret-0123456789\n')
  const tokens = await readTokens([{ name: 'ops', role: 'operator', secretFile }])
  expect(tokens).toEqual([{ name: 'ops', role: 'operator', secret: 'operator-secret-0123456789' }])
})

it('refuses a file that is not there, naming it and the token', async () => {
  const missing = join(directory, 'none.token')
  await expect(readTokens([{ name: 'ops', role: 'operator', secretFile: missing }])).rejects.toMatchObject({
    code: 'NC_CONFIG',
    message: expect.stringMatching(
      /^the secret of admin token ops cannot be read: ENOENT.*write it to .*none\.token$/,
    ) as unknown,
  })
})
