// The floor: what the system calls cost when nothing is done between them. Knows how it is run; see echo-server.ts.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Server } from './model.ts'

const script = fileURLToPath(new URL('../echo-server.ts', import.meta.url))

export const echo: Server = {
  key: 'echo',
  title: 'bare echo, recvmmsg and sendmmsg',
  note: 'sends the query back, shorter than an answer',
  expects: () => null,
  prepare: ({ directory, port }) =>
    Promise.resolve({ argv: [process.execPath, script, String(port)], log: join(directory, 'log') }),
}
