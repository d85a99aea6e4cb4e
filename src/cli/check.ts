// nearcast check: every problem of a configuration at once, or what it comes to. Knows no rule of the language.
import { Command } from 'commander'
import { defaultCacheDirectory } from '../compile/cache.ts'
import { compileAside, type Compiled } from '../compile/run.ts'
import { loadConfig } from '../config/load.ts'
import { formatProblem, type Problem } from '../config/problem.ts'
import { publishedSchema } from '../config/published-schema.ts'
import { summary, type Summary } from '../config/summary.ts'
import { NearcastError } from '../errors.ts'
import { Progress } from './progress.ts'
import { table } from './table.ts'

/** The command, for main.ts. */
export function checkCommand(): Command {
  return new Command('check')
    .description('Say everything that is wrong with a configuration, or what it comes to')
    .option('-c, --config <file>', 'the main file', 'config/nearcast.yaml')
    .option('--schema', 'print the JSON Schema of the configuration for editors, and end')
    .addHelpText(
      'after',
      `
Problems and warnings go to standard output, one a line, as file:line:column: what is wrong and what to do.
Exit code 0: good, perhaps with warnings. 2: refused; a running daemon would keep its old state.

Examples:
  Before a reload:
    $ nearcast check --config /etc/nearcast/nearcast.yaml && systemctl reload nearcast
  Completion and checks while you type, in editors that read 'yaml-language-server: $schema=schema.json':
    $ nearcast check --schema > schema.json`,
    )
    .action(async ({ config, schema }: { readonly config: string; readonly schema?: boolean }) => {
      process.stdout.write(schema ? publishedSchema() : await check(config))
    })
}

/** Reads and compiles all of it, as a daemon would. Throws NC_CONFIG when it is refused, after saying every problem. */
async function check(configPath: string): Promise<string> {
  const { config, problems, warnings } = await loadConfig(configPath)
  if (config === null) throw refused(configPath, problems.map(inWords), warnings.map(inWords))
  const progress = new Progress()
  const outcome = await compileAside({
    configPath,
    cacheDirectory: defaultCacheDirectory(),
    epoch: 1,
    onProgress: progress.show,
  })
  progress.done()
  if (outcome.ok) return formatGood(configPath, summary(config), sizeOf(outcome), outcome.warnings)
  throw outcome.problems.length > 0 ? refused(configPath, outcome.problems, outcome.warnings) : outcome.error
}

function inWords(problem: Problem): string {
  return formatProblem(problem)
}

function refused(configPath: string, problems: readonly string[], warnings: readonly string[]): NearcastError {
  process.stdout.write([...problems, ...warnings.map(asWarning), ''].join('\n'))
  const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`
  const also = warnings.length > 0 ? ` and ${count(warnings.length, 'warning')}` : ''
  return new NearcastError('NC_CONFIG', `${configPath} is refused: ${count(problems.length, 'problem')}${also}.`)
}

function asWarning(text: string): string {
  return `${text} (warning)`
}

interface Size {
  readonly cells: number
  readonly blocks: number
  readonly seconds: number
}

function sizeOf({ directory, timings }: Compiled): Size {
  const { v4, v6 } = directory.blocks
  return { cells: directory.cells.length, blocks: v4 + v6, seconds: timings.totalMs / 1000 }
}

/** What a good configuration comes to, after its warnings. */
function formatGood(configPath: string, counts: Summary, size: Size, warnings: readonly string[]): string {
  const number = (value: number): string => value.toLocaleString('en')
  const rows = [
    ['zones', number(counts.zones), `${number(counts.names)} names, ${number(counts.services)} services`],
    ['nodes', number(counts.nodes), `at ${number(counts.sites)} sites in ${number(counts.regions)} regions`],
    ['carriers', number(counts.carriers), `of ${number(counts.asns)} ASNs`],
    ['rules', number(counts.rules), ''],
    ['cells', number(size.cells), 'groups of clients that are ranked alike'],
    ['blocks', number(size.blocks), `of address space, compiled in ${size.seconds.toFixed(1)} s`],
  ]
  return `${[...warnings.map(asWarning), `${configPath} is good.`, '', ...table(rows, [1])].join('\n')}\n`
}
