// nearcast explain: which nodes a client gets, and why. Asks the running daemon, else computes from the configuration itself.
import { readFile } from 'node:fs/promises'
import { Command, Option } from 'commander'
import type { AdminSettings } from '../admin/model.ts'
import type { Problem } from '../admin/problem.ts'
import { defaultCacheDirectory } from '../compile/cache.ts'
import { explain, type Explanation } from '../compile/explain.ts'
import { compileAside, type Compiled } from '../compile/run.ts'
import { loadConfig } from '../config/load.ts'
import { formatProblem } from '../config/problem.ts'
import { NearcastError } from '../errors.ts'
import { allUp, createWords } from '../fleet/availability.ts'
import { attachTables, bindSlots, refreshGroups } from '../server/tables.ts'
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
async function askDaemon({ address, port, tokens }: AdminSettings, question: Question): Promise<Explanation | null> {
  const { client, name, type } = question
  const host = `${address.includes(':') ? `[${address}]` : address}:${port}`
  const url = `http://${host}/v1/explain?${new URLSearchParams({ client, name, type }).toString()}`
  // Any role may ask, so the first token is as good as the others.
  const headers: Record<string, string> = tokens.length > 0 ? { authorization: await bearer(tokens[0].secretFile) } : {}
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(timeoutMs) })
    const body = (await response.json()) as Explanation | Problem
    if ('error' in body) throw new NearcastError(body.error.code, body.error.message)
    return body
  } catch (error) {
    if (error instanceof NearcastError) throw error
    if (isRefused(error)) return null
    const found = error instanceof Error ? error.message : String(error)
    const message = `Asked the daemon at ${host} (admin.listen) and got no explanation: ${found}.\nDoes something else listen there?`
    throw new NearcastError('NC_UNREACHABLE', message, { cause: error })
  }
}

async function bearer(secretFile: string): Promise<string> {
  try {
    return `Bearer ${(await readFile(secretFile, 'utf8')).trim()}`
  } catch (cause) {
    const message = `The daemon asks for a token, and ${secretFile} cannot be read here: run this as a user who may.`
    throw new NearcastError('NC_UNAUTHORIZED', message, { cause })
  }
}

/** Nothing listens there. */
function isRefused(error: unknown): boolean {
  const { cause } = error as {
    readonly cause?: NodeJS.ErrnoException & { readonly errors?: readonly NodeJS.ErrnoException[] }
  }
  return [cause, ...(cause?.errors ?? [])].some((each) => each?.code === 'ECONNREFUSED')
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
