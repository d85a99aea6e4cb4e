// Answers a world's queries at real doors, and asks them with BIND's validator under a trust anchor of the test's own.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Doors } from '../../src/server/doors.ts'
import { createCounters } from '../../src/telemetry/counters.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { dnskeyRdata, parseDnskey } from '../../src/zone/signing/dnskey.ts'
import type { StoredKey } from '../../src/zone/signing/key-file.ts'
import { apex } from './signed-world.ts'
import type { World } from './world.ts'

export interface Validator {
  /** All that delv says of a name and type: `; fully validated`, `; negative response, fully validated`, or why not. */
  ask(name: string, type?: string, ...more: string[]): Promise<string>
  stop(): Promise<void>
}

/** Opens doors for a world on a port of their own and anchors trust in the keys that a DS may name. */
export async function openValidator(world: World, keys: readonly StoredKey[]): Promise<Validator> {
  const directory = mkdtempSync(join(tmpdir(), 'nearcast-delv-'))
  const anchors = keys.map(({ key }) => anchor(dnskeyRdata(key))).join('')
  writeFileSync(join(directory, 'anchors'), `trust-anchors {\n${anchors}};\n`)
  const doors = await Doors.open({
    listen: [{ address: '127.0.0.1', port: 0 }],
    udpThreads: 1,
    identity: 'test-1',
    words: world.words,
    protection: world.protection,
    newCounters: () => createCounters(world.words.length / 2),
    log: createLogger({ level: 'fatal' }),
  })
  await doors.publish(world.published)
  const port = String(doors.bound[0].port)
  return {
    async ask(name, type = 'A', ...more) {
      const run = promisify(execFile)
      const fixed = ['@127.0.0.1', '-p', port, '-a', join(directory, 'anchors'), `+root=${apex}`]
      const { stdout, stderr } = await run('delv', [...fixed, ...more, name, type]).catch(
        (error: unknown) => error as { stdout: string; stderr: string },
      )
      return stdout + stderr
    },
    async stop() {
      await doors.stop()
      rmSync(directory, { recursive: true })
    },
  }
}

function anchor(dnskey: Uint8Array): string {
  const key = parseDnskey(dnskey)
  if (key === null) throw new Error('a key without a DNSKEY')
  return `  "${apex}." static-key ${key.flags} 3 ${key.algorithm} "${Buffer.from(key.publicKey).toString('base64')}";\n`
}
