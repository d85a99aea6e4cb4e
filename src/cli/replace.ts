// nearcast replace: has the running daemon start its successor and waits until that one answers. Knows no sockets.
import { Command } from 'commander'
import { loadConfig } from '../config/load.ts'
import { formatProblem } from '../config/problem.ts'
import { NearcastError } from '../errors.ts'
import { callDaemon } from './daemon-call.ts'

/** The daemon gives its successor two minutes. */
const timeoutMs = 150_000

/** The command, for main.ts. */
export function replaceCommand(): Command {
  return new Command('replace')
    .description('Replace the running daemon by a new process, without losing a query')
    .option('-c, --config <file>', 'the main file of its configuration', 'config/nearcast.yaml')
    .addHelpText(
      'after',
      `
For a new version of Nearcast, installed where the running one was, or for a change that no reload takes up. The daemon
starts its successor with the words it was started with, and hands it its sockets, its verdicts and, through the state
directory, its overrides. When the successor answers, the old one finishes what it has and ends; when it cannot start,
the old one stays and this says why. So does SIGUSR2 to the daemon, with what becomes of it in the log.

Examples:
  After an upgrade:
    $ npm install --global nearcast && nearcast replace --config /etc/nearcast/nearcast.yaml
  When admin.listen was changed, so that this would ask in the wrong place:
    $ systemctl kill --kill-whom=main --signal=SIGUSR2 nearcast`,
    )
    .action(async ({ config }: { readonly config: string }) => replace(config))
}

async function replace(configPath: string): Promise<void> {
  const { config, problems } = await loadConfig(configPath)
  if (config === null)
    throw new NearcastError('NC_CONFIG', problems.map((problem) => formatProblem(problem)).join('\n'))
  const { address, port } = config.admin
  const replaced = await callDaemon<{ readonly pid: number }>(config.admin, {
    method: 'POST',
    path: '/v1/replace',
    token: (tokens) => tokens.find(({ role }) => role === 'operator'),
    timeoutMs,
  })
  if (replaced === null) {
    const where = `${address.includes(':') ? `[${address}]` : address}:${port}`
    throw new NearcastError(
      'NC_UNREACHABLE',
      `No daemon listens at ${where} (admin.listen): there is nothing to replace. If admin.listen was changed since the daemon ` +
        'started, send it SIGUSR2 instead.',
    )
  }
  process.stdout.write(`Replaced: process ${replaced.pid} answers now.\n`)
}
