// The program: argv in, exit code out. The one place that ends the process; knows no command's work.
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { NearcastError } from './errors.ts'

const { version, description } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
) as Record<'version' | 'description', string>

const program = new Command('nearcast')
  .description(description)
  .version(version)
  .showHelpAfterError('(nearcast help says more)')
/** In the order of the help. Each loads what it needs and no more, so that serve begins sooner. */
const commands = new Map<string, () => Promise<() => Command>>([
  ['serve', async () => (await import('./cli/serve.ts')).serveCommand],
  ['replace', async () => (await import('./cli/replace.ts')).replaceCommand],
  ['check', async () => (await import('./cli/check.ts')).checkCommand],
  ['explain', async () => (await import('./cli/explain.ts')).explainCommand],
  ['keys', async () => (await import('./cli/keys.ts')).keysCommand],
  ['delegation', async () => (await import('./cli/delegation.ts')).delegationCommand],
  ['query', async () => (await import('./cli/query.ts')).queryCommand],
  ['probe', async () => (await import('./cli/probe.ts')).probeCommand],
  ['demo', async () => (await import('./cli/demo.ts')).demoCommand],
])
const named = commands.get(process.argv[2] ?? '')
for (const load of named ? [named] : commands.values()) program.addCommand((await load())())
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
