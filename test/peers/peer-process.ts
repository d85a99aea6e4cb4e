// A name server of somebody else as a child process with a folder of its own. Knows no resolver's configuration.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { findProgram } from './tools.ts'

export interface PeerProgram {
  readonly program: string
  /** Its arguments, given the folder it lives in. */
  readonly args: (directory: string) => readonly string[]
  /** What is in that folder when it starts: texts by name. */
  readonly files: (directory: string) => Readonly<Record<string, string>>
  /** What it writes once it answers. */
  readonly ready: RegExp
}

export interface Peer {
  readonly directory: string
  /** Every line it wrote so far. */
  readonly said: readonly string[]
  stop(): Promise<void>
}

/** Far longer than any of them takes. */
const startsWithinMs = 60_000

/** Starts it; resolves when it says that it is ready, rejects with what it said when it ends before or never says so. */
export async function startPeer({ program, args, files, ready }: PeerProgram): Promise<Peer> {
  const directory = mkdtempSync(join(tmpdir(), `nearcast-${program}-`))
  for (const [name, text] of Object.entries(files(directory))) {
    mkdirSync(dirname(join(directory, name)), { recursive: true })
    writeFileSync(join(directory, name), text)
  }
  const child = spawn(findProgram(program) ?? program, args(directory), {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'close')
  const said: string[] = []
  await new Promise<void>((resolve, reject) => {
    const deadline = setTimeout(() => child.kill('SIGKILL'), startsWithinMs)
    child.on('error', reject)
    child.on('close', () => {
      clearTimeout(deadline)
      reject(new Error(`${program} did not start: ${said.join('\n')}`))
    })
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on('line', (line) => {
        said.push(line)
        if (!ready.test(line)) return
        clearTimeout(deadline)
        resolve()
      })
    }
  })
  return {
    directory,
    said,
    stop: async () => {
      child.kill()
      const hurry = setTimeout(() => child.kill('SIGKILL'), 5_000)
      await ended
      clearTimeout(hurry)
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
