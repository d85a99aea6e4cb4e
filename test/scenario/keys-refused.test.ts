// nearcast keys where the system lets nothing be written: what it says, and that all is as it was.
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nearcast, type Outcome } from '../support/command.ts'
import { tiny, type Tiny } from '../support/tiny.ts'

const zone = 'live.example.net'
let site: Tiny

beforeEach(() => {
  site = tiny({ zone: ['dnssec: { keys: keys }'] })
})
afterEach(() => site.remove())

const directory = (): string => join(site.directory, 'keys')
const keys = (args: readonly string[], uid?: number): Promise<Outcome> =>
  nearcast(['keys', ...args, '--config', site.configPath], site.directory, uid)
const contents = async (): Promise<string[][]> => {
  const names = (await readdir(directory())).toSorted().filter((name) => !name.endsWith('.new'))
  return Promise.all(names.map(async (name) => [name, await readFile(join(directory(), name), 'utf8')]))
}

describe('nearcast keys', () => {
  it('says who may write where this user may not', async () => {
    // Root may write everywhere.
    const user = process.getuid?.() === 0 ? 1234 : undefined
    await chmod(site.directory, 0o555)
    const refused = await keys(['generate', zone], user)
    expect(refused).toMatchObject({ status: 77, stdout: '' })
    expect(refused.stderr).toBe(
      `nearcast: ${directory()} cannot be written: EACCES: permission denied, mkdir '${directory()}'; ` +
        'run this as the user the keys belong to, or as root\n',
    )
    await chmod(site.directory, 0o755)
    await mkdir(directory(), { mode: 0o555 })
    expect(await keys(['generate', zone], user)).toMatchObject({
      status: 77,
      stderr: expect.stringMatching(/EACCES: permission denied, open '.*\/keys\/K.*\.key\.new'; run this as/),
    })
    expect(await readdir(directory())).toEqual([])
  }, 120_000)

  it('leaves no half of a roll behind', async () => {
    await keys(['generate', zone])
    const before = await contents()
    const [, [old]] = before
    const inTheWay = join(directory(), `${old}.new`)
    await mkdir(inTheWay)
    await writeFile(join(inTheWay, 'file'), '')
    const refused = await keys(['roll', zone])
    expect(refused).toMatchObject({ status: 75, stdout: '' })
    expect(refused.stderr).toMatch(
      /^nearcast: .*\/keys cannot be written: .*\.private\.new; mend that and run this again\n$/,
    )
    expect(await contents()).toEqual(before)
  }, 120_000)
})
