// nearcast keys as an operator types it: what it writes and says, what it refuses. No daemon runs.
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nearcast, type Outcome } from '../support/command.ts'
import { copyShipped, type Shipped } from '../support/shipped.ts'

let shipped: Shipped
let config: string
const zone = 'live.example.net'
const said: string[] = []

beforeAll(async () => {
  shipped = await copyShipped()
  config = await shipped.edit((text) =>
    text.replace(/^( +)(live\.example\.net:) *$/m, '$1$2\n$1  dnssec: { keys: keys }'),
  )
})
afterAll(() => shipped.remove())

async function keys(...args: string[]): Promise<Outcome> {
  const outcome = await nearcast(['keys', ...args, '--config', config], shipped.directory)
  said.push(outcome.stdout, outcome.stderr)
  return outcome
}

const directory = (): string => join(shipped.directory, 'config', 'keys')
const files = async (): Promise<string[]> => (await readdir(directory())).toSorted()
const tagsOf = async (): Promise<number[]> =>
  (await files()).filter((file) => file.endsWith('.private')).map((file) => Number(file.slice(-13, -8)))

/** Moves every time in the key files back by this many hours, as if they had passed. */
async function pass(hours: number): Promise<void> {
  for (const file of await files()) {
    const path = join(directory(), file)
    const text = await readFile(path, 'utf8')
    const earlier = text.replaceAll(/(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/gm, (_, ...parts: string[]) => {
      const [year, month, day, hour, minute, second] = parts.slice(0, 6).map(Number)
      return new Date(Date.UTC(year, month - 1, day, hour - hours, minute, second))
        .toISOString()
        .slice(0, 19)
        .replaceAll(/\D/g, '')
    })
    await writeFile(path, earlier)
  }
}

describe('nearcast keys', () => {
  it('makes, lists, rolls and retires a combined key, and refuses what would break the chain', async () => {
    const made = await keys('generate', zone)
    expect(made).toMatchObject({ status: 0, stderr: '' })
    expect(made.stdout).toMatch(/^live\.example\.net\. IN DS \d+ 13 2 [0-9A-F]{64}$/im)
    const [old] = await tagsOf()
    expect(await keys('generate', zone)).toMatchObject({ status: 75, stdout: '' })
    expect((await keys('list', zone)).stdout).toMatch(new RegExp(`^${old} .*published +signs`, 'm'))
    const alone = await keys('retire', zone, String(old), '--ds-replaced')
    expect(alone).toMatchObject({ status: 75, stderr: expect.stringContaining('run `nearcast keys roll` first') })

    const rolled = await keys('roll', zone)
    expect(rolled).toMatchObject({ status: 0, stderr: '' })
    expect(rolled.stdout).toContain(`nearcast keys retire ${zone} ${old} --ds-replaced`)
    expect(await keys('roll', zone, String(old))).toMatchObject({ status: 75 })
    const early = await keys('retire', zone, String(old), '--ds-replaced')
    expect(early).toMatchObject({ status: 75, stderr: expect.stringContaining('must stay') })

    await pass(100)
    const unseen = await keys('retire', zone, String(old))
    expect(unseen).toMatchObject({ status: 75, stderr: expect.stringContaining('--ds-replaced') })
    expect(await keys('retire', zone, String(old), '--ds-replaced')).toMatchObject({ status: 0, stderr: '' })
    const listed = (await keys('list', zone)).stdout
    const [fresh] = (await tagsOf()).filter((tag) => tag !== old)
    expect(listed).toMatch(new RegExp(`^${fresh} .*published +signs +in CDS$`, 'm'))
    expect(listed).toMatch(new RegExp(`^${old} .*published +does not sign`, 'm'))
    expect(await keys('retire', zone, '0')).toMatchObject({ status: 66 })

    for (const file of await files()) {
      expect((await stat(join(directory(), file))).mode & 0o777).toBe(0o600)
      const secret = /^PrivateKey: (.*)$/m.exec(await readFile(join(directory(), file), 'utf8'))?.[1]
      if (secret !== undefined) expect(said.join('')).not.toContain(secret)
    }
  }, 120_000)

  it('makes two keys with --split, and rolls the zone-signing one without more to do', async () => {
    await rm(directory(), { recursive: true })
    expect(await keys('generate', zone, '--split')).toMatchObject({ status: 0, stderr: '' })
    const listed = (await keys('list', zone)).stdout
    expect(listed).toMatch(/^\d+ .*key-signing or combined .*in CDS from/m)
    const old = /^(\d+) +zone-signing +published +signs/m.exec(listed)?.[1] ?? ''
    expect(old).not.toBe('')
    const unnamed = await keys('roll', zone)
    expect(unnamed).toMatchObject({ status: 64, stderr: expect.stringContaining(old) })

    const rolled = await keys('roll', zone, old)
    expect(rolled).toMatchObject({ status: 0, stderr: '' })
    expect(rolled.stdout).not.toContain('retire')
    expect(rolled.stdout).toMatch(new RegExp(`key ${old} is gone`))
    expect(await keys('roll', zone, old)).toMatchObject({ status: 75 })
    const [fresh] = (await tagsOf()).filter((tag) => !listed.includes(String(tag)))
    expect((await keys('list', zone)).stdout).toMatch(
      new RegExp(`^${fresh} +zone-signing +published +does not sign`, 'm'),
    )

    await pass(3)
    const after = (await keys('list', zone)).stdout
    expect(after).toMatch(new RegExp(`^${fresh} +zone-signing +published +signs`, 'm'))
    expect(after).toMatch(new RegExp(`^${old} +zone-signing +published +does not sign`, 'm'))
    await pass(72)
    expect((await keys('list', zone)).stdout).toMatch(new RegExp(`^${old} +zone-signing +not published`, 'm'))
  }, 120_000)
})
