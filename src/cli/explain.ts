// nearcast explain: which nodes a client gets, and why. Asks the running daemon, else computes from the configuration itself.
import { Command, Option } from 'commander'
import type { AdminSettings } from '../admin/model.ts'
import { defaultCacheDirectory } from '../compile/cache.ts'
import { explain, type Explanation } from '../compile/explain.ts'
import { compileAside, type Compiled } from '../compile/run.ts'
import { loadConfig } from '../config/load.ts'
import { formatProblem } from '../config/problem.ts'
import { NearcastError } from '../errors.ts'
import { allUp, createWords } from '../fleet/availability.ts'
import { attachTables, bindSlots, refreshGroups } from '../server/tables.ts'
import { callDaemon } from './daemon-call.ts'
import { formatExplanation } from './explain-format.ts'
import { Progress } from './progress.ts'

/** A daemon that takes longer than this is not going to answer. */
const timeoutMs = 5000

interface Question {
  readonly client: string
  readonly name: string
  readonly type: string
}

interface Options extends Question {
  readonly config: string
  readonly json?: boolean
}

/** The command, for main.ts. */
export function explainCommand(): Command {
  return new Command('explain')
    .description('Show which nodes a client gets for a name, and why each other lost')
    .requiredOption('--client <address>', 'an address of the client')
    .requiredOption('--name <name>', 'the steered name')
    .addOption(new Option('--type <type>', 'the record type').choices(['A', 'AAAA', 'HTTPS']).default('A'))
    .option('-c, --config <file>', 'the main file of the configuration', 'config/nearcast.yaml')
    .option('--json', 'print it as JSON, as GET /v1/explain answers it')
    .addHelpText(
      'after',
      `
Asks the daemon that the configuration says listens for admin. Where none does, the answer is computed from the
configuration, with every node taken as up and its health shown as unknown.

Examples:
  Why does this viewer of HKT get hkg-1?
    $ nearcast explain --client 219.76.4.4 --name show1.play.live.example.net
  Which nodes did the rules keep out?
    $ nearcast explain --client 219.76.4.4 --name show1.play.live.example.net --json | jq '.candidates[] | select(.place == null)'`,
    )
    .action(async ({ config, json, ...question }: Options) => {
      const { explanation, live } = await explainAnywhere(config, question)
      if (json) return void process.stdout.write(`${JSON.stringify(explanation, null, 2)}\n`)
      const note = live
        ? ''
        : '\nNo daemon answered, so this is computed from the configuration: health is unknown, every node taken as up.\n'
      process.stdout.write(formatExplanation(explanation) + note)
    })
}

async function explainAnywhere(
  configPath: string,
  question: Question,
): Promise<{ explanation: Explanation; live: boolean }> {
  const { config, problems } = await loadConfig(configPath)
  if (config === null)
    throw new NearcastError('NC_CONFIG', problems.map((problem) => formatProblem(problem)).join('\n'))
  const told = await askDaemon(config.admin, question)
  if (told !== null) return { explanation: told, live: true }
  const progress = new Progress()
  const compiled = await compileAside({
    configPath,
    cacheDirectory: defaultCacheDirectory(),
    epoch: 1,
    onProgress: progress.show,
  })
  progress.done()
  if (!compiled.ok) throw compiled.error
  return { explanation: explainCompiled(compiled, question), live: false }
}

/** What the daemon says; null when none listens. Throws what the daemon refuses. */
function askDaemon(admin: AdminSettings, { client, name, type }: Question): Promise<Explanation | null> {
  return callDaemon(admin, {
    method: 'GET',
    path: `/v1/explain?${new URLSearchParams({ client, name, type }).toString()}`,
    // Any role may ask, so the first token is as good as the others.
    token: (tokens) => tokens[0],
    timeoutMs,
  })
}

/** As if every node were up. */
function explainCompiled(
  { config, directory, blocks, tables: buffer, epoch }: Compiled,
  question: Question,
): Explanation {
  const tables = attachTables(buffer)
  const words = createWords(directory.nodes.length)
  bindSlots(
    tables,
    directory.nodes.map((_, slot) => slot),
  )
  directory.nodes.forEach((_, slot) => (words[slot * 2] = allUp))
  refreshGroups(tables, words)
  const published = { epoch, blocks: blocks.buffer, tables: buffer }
  return explain({ config, directory, published, words, health: () => null }, question)
}
