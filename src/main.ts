// The program: argv in, exit code out. The one place that ends the process; knows no command's work.
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { checkCommand } from './cli/check.ts'
import { delegationCommand } from './cli/delegation.ts'
import { demoCommand } from './cli/demo.ts'
import { explainCommand } from './cli/explain.ts'
import { keysCommand } from './cli/keys.ts'
import { probeCommand } from './cli/probe.ts'
import { queryCommand } from './cli/query.ts'
import { replaceCommand } from './cli/replace.ts'
import { serveCommand } from './cli/serve.ts'
import { NearcastError } from './errors.ts'

const { version, description } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
) as Record<'version' | 'description', string>

const program = new Command('nearcast')
  .description(description)
  .version(version)
  .showHelpAfterError('(nearcast help says more)')
const commands = [
  serveCommand,
  replaceCommand,
  checkCommand,
  explainCommand,
  keysCommand,
  delegationCommand,
  queryCommand,
  probeCommand,
  demoCommand,
]
for (const make of commands) program.addCommand(make())
for (const command of [program, ...program.commands.flatMap((one) => [one, ...one.commands])]) command.exitOverride()

try {
  await program.parseAsync()
  process.exit()
} catch (error) {
  process.exit(report(error))
}

/** Says what went wrong and returns the exit code for it. */
function report(error: unknown): number {
  if (error instanceof CommanderError) {
    // Commander has already said it.
    return error.exitCode === 0 ? 0 : new NearcastError('NC_USAGE', error.message).exit
  }
  if (error instanceof NearcastError) {
    process.stderr.write(`nearcast: ${error.message}\n`)
    return error.exit
  }
  process.stderr.write(`nearcast: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  return new NearcastError('NC_INTERNAL', 'an error nobody foresaw').exit
}
