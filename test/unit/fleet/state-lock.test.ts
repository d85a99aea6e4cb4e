// The lock on a state directory: who has it, who gets it, and when it ends. Knows no daemon.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { lockState, signLock } from '../../../src/fleet/state-lock.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'

let folder: string
let lines: { event: string }[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nearcast-lock-'))
  lines = []
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** The descriptor, of which there is one here. */
async function lock(directory = folder): Promise<number> {
  const write = (line: string): void => void lines.push(JSON.parse(line) as { event: string })
  return (await lockState(directory, createLogger({ level: 'info', destination: { write } }))) ?? -1
}

it('is for one, and the next is told which directory, who has it and what to do', async () => {
  const deep = join(folder, 'not', 'there')
  const descriptor = await lock(deep)
  await expect(lock(deep)).rejects.toMatchObject({
    code: 'NC_CONFLICT',
    message: expect.stringMatching(
      new RegExp(`^the state directory ${deep} is in use by another daemon, process ${process.pid}, .*STATE_DIRECTORY`),
    ) as unknown,
  })
  closeSync(descriptor)
  closeSync(await lock(deep))
  expect(lines).toEqual([])
})

it('goes to who inherits it, and ends with that one, killed or not', async () => {
  const descriptor = await lock()
  const heir = spawn('sleep', ['60'], { stdio: ['ignore', 'ignore', 'ignore', descriptor] })
  await once(heir, 'spawn')
  closeSync(descriptor)
  await expect(lock()).rejects.toMatchObject({ code: 'NC_CONFLICT' })
  heir.kill('SIGKILL')
  await once(heir, 'exit')
  closeSync(await lock())
})

it('names the last who signed it', async () => {
  const descriptor = await lock()
  writeFileSync(join(folder, 'lock'), '1234567890\n')
  await expect(lock()).rejects.toThrow('process 1234567890,')
  signLock(descriptor)
  await expect(lock()).rejects.toThrow(`process ${process.pid},`)
  closeSync(descriptor)
})

it('is missing where nobody can write, with a warning, and keeps nobody from answering', async () => {
  writeFileSync(join(folder, 'file'), '')
  expect(await lock(join(folder, 'file'))).toBe(-1)
  expect(lines).toMatchObject([{ event: 'state.not_locked', directory: join(folder, 'file') }])
})
