// Runs the nearcast command, or any other, as a person would, and collects what it says. Knows no command.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const repository = fileURLToPath(new URL('../../', import.meta.url))

export interface Outcome {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end; a status other than 0 is an outcome as any. */
export function run(
  file: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv; readonly uid?: number } = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(file, args, { maxBuffer: 64 * 1024 * 1024, ...options }, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
      resolve({ status, stdout, stderr })
    })
  })
}

/**
 * Runs `nearcast` of this tree.
 * @param uid as whom; only root can choose
 */
export function nearcast(args: readonly string[], cwd = repository, uid?: number): Promise<Outcome> {
  return run(process.execPath, [`${repository}bin/nearcast`, ...args], uid === undefined ? { cwd } : { cwd, uid })
}
