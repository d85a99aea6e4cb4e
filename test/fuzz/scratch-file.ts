// One file that is written over for every input, in memory where the system offers that. Knows no content.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const memory = '/dev/shm'

export interface ScratchFile {
  readonly path: string
  write(bytes: Uint8Array | string): void
  remove(): Promise<void>
}

export function scratchFile(name: string): ScratchFile {
  const directory = mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), 'nearcast-fuzz-'))
  const path = join(directory, name)
  return {
    path,
    write: (bytes) => writeFileSync(path, bytes),
    remove: async () => rmSync(directory, { recursive: true }),
  }
}
