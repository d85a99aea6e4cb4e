// Runs the steps of a scenario against its site; the first that is not as expected ends it, with every difference.
import { setTimeout as sleep } from 'node:timers/promises'
import { readAnswer, type AnswerText } from '../support/dns-answer.ts'
import { overTcp, silentUdp } from '../support/dns-talk.ts'
import type { Metrics } from '../support/metrics-text.ts'
import * as expectations from './expectations.ts'
import type { Difference, Names, Sent } from './expectations.ts'
import type { Ask, Conversing, ExpectedAnswer, Step } from './language.ts'
import type { ScenarioFile } from './scenario-file.ts'
import { chunksOf, exchange, messageOf, peersOf } from './sending.ts'
import type { Site } from './site.ts'

/** What has to happen at all happens within this. */
const deadlineMs = 150_000
const lookAgainMs = 20
/** Of the log, in the message of a step that failed. */
const lastLines = 10
/** When the stream of the stand-in edges began. */
const streamFromMs = Date.now() - 100_000

/** A step that found something else, in words: file, line, step, then what was expected and found. */
class StepFailed extends Error {
  constructor({ path, lines, steps }: ScenarioFile, index: number, reason: string, log: Site['lines']) {
    const where = `${path}:${lines[index] ?? 0}: step ${index + 1} of ${steps.length}, ${describe(steps[index])}`
    super(
      [where, reason, '  the daemon said last:', ...log.slice(-lastLines).map((line) => JSON.stringify(line))].join(
        '\n',
      ),
    )
    this.name = 'StepFailed'
  }
}

/** @throws StepFailed */
export async function runScenario(scenario: ScenarioFile, site: Site): Promise<void> {
  for (const [index, step] of scenario.steps.entries()) {
    let differences: Difference[]
    try {
      differences = await runStep(step, site)
    } catch (error) {
      const reason = `  ${error instanceof Error ? error.message : String(error)}`
      throw new StepFailed(scenario, index, reason, site.lines)
    }
    if (differences.length > 0)
      throw new StepFailed(scenario, index, expectations.formatDifferences(differences), site.lines)
  }
}

async function runStep(step: Step, site: Site): Promise<Difference[]> {
  const { within } = step
  if (within === undefined) return await runOnce(step, site)
  const deadline = performance.now() + within * 1000
  for (;;) {
    const differences = await runOnce(step, site)
    if (differences.length === 0 || performance.now() > deadline) return differences
    await sleep(lookAgainMs)
  }
}

async function runOnce(step: Step, site: Site): Promise<Difference[]> {
  const watched = step.counters !== undefined || step.reload !== undefined
  const before: Metrics = watched ? await site.metrics() : new Map()
  const logged = site.lines.length
  const differences = await act(step, site)
  if (step.reload !== undefined) differences.push(...(await awaitReload(step, site, before, logged)))
  if (step.counters !== undefined) {
    differences.push(...expectations.compareCounters(before, await site.metrics(), step.counters))
  }
  if (step.metrics !== undefined) differences.push(...expectations.compareMetrics(await site.metrics(), step.metrics))
  return differences
}

async function act(step: Step, site: Site): Promise<Difference[]> {
  const { ask, conversation, edge, change, signal, admin } = step
  if (ask !== undefined) return await runAsk(ask, (step.expect ?? {}) as ExpectedAnswer, site)
  if (conversation !== undefined) return await runConversation(conversation, site)
  if (edge !== undefined) return await runEdge(edge, site)
  if (change !== undefined) site.change(change.config, change.files)
  if (signal !== undefined) site.signal(signal)
  if (step.restart) await site.restart()
  if (admin === undefined) return []
  const [method, path] = admin.split(' ')
  const { status, body } = await site.call(method, path, step.body, step.headers)
  return expectations.compareReply(status, body, step.expect ?? {})
}

async function runAsk(ask: Ask, expected: ExpectedAnswer, site: Site): Promise<Difference[]> {
  if (expected.none) return await runSilent(ask, site)
  const names = await namesOf(site)
  const named: string[][] = []
  for (let n = 0; n < (ask.times ?? 1); n++) {
    const sent = messageOf(ask, ask.via === 'tcp', n)
    const answer = await exchange(sent, peersOf(ask, site.port, n))
    const differences = expectations.compareAnswer(sent, answer, expected, names)
    if (differences.length > 0) return ask.times === undefined ? differences : [...differences, numbered(n)]
    named.push(expectations.nodesNamed(answer, names))
  }
  return expected.across === undefined ? [] : expectations.compareAcross(named, expected.across)
}

function numbered(n: number): Difference {
  return { what: 'times', expected: 'the same every time', found: `this for {n} = ${n}` }
}

/** Over UDP nothing comes back; over TCP the connection ends without an answer. */
async function runSilent(ask: Ask, site: Site): Promise<Difference[]> {
  const sent = messageOf(ask, ask.via === 'tcp')
  const peers = peersOf(ask, site.port)
  let answers: readonly Buffer[]
  if (sent.tcp) answers = (await overTcp(chunksOf([sent.message]), peers, 0, false)).answers
  else {
    const taken = async (): Promise<number> => (await site.metrics()).get('queries{udp}') ?? 0
    const before = await taken()
    answers = await silentUdp(sent.message, peers, () =>
      until(async () => (await taken()) > before, 'the query is taken'),
    )
  }
  return answers.map((answer) => ({ what: 'none', expected: 'no answer', found: answer.toString('hex') }))
}

async function runConversation(conversation: Conversing, site: Site): Promise<Difference[]> {
  const { asks = [], writes, finish = false, closed } = conversation
  const names = await namesOf(site)
  const sent: Sent[] = asks.map((ask) => messageOf(ask, true))
  const wanted = asks.filter(({ expect }) => !expect?.none).length
  const chunks = chunksOf(
    sent.map(({ message }) => message),
    writes,
  )
  const count = closed ? 0 : wanted
  const talk = await overTcp(chunks, peersOf({}, site.port), count, finish)
  const differences: Difference[] = []
  if (talk.answers.length !== wanted) {
    differences.push({ what: 'answers', expected: String(wanted), found: String(talk.answers.length) })
  }
  if ((closed || finish) && !talk.closed) differences.push({ what: 'closed', expected: 'by the server', found: 'open' })
  for (const [index, bytes] of talk.answers.entries()) {
    const answer: AnswerText = readAnswer(bytes)
    const found = expectations.compareAnswer(sent[index], answer, asks[index].expect ?? {}, names)
    differences.push(...found.map(({ what, ...rest }) => ({ what: `asks[${index}].${what}`, ...rest })))
  }
  return differences
}

async function runEdge(edge: NonNullable<Step['edge']>, site: Site): Promise<Difference[]> {
  const named = (names: string | readonly string[] = []) => [names].flat().flatMap((name) => site.edges(name))
  await Promise.all(named(edge.stop).map((one) => one.stop()))
  await Promise.all(named(edge.start).map((one) => one.start()))
  for (const one of named(edge.freeze)) one.frozen = true
  for (const one of named(edge.thaw)) one.frozen = false
  for (const [name, status] of Object.entries(edge.status ?? {})) for (const one of named(name)) one.status = status
  for (const [name, body] of Object.entries(edge.body ?? {})) for (const one of named(name)) one.body = body
  for (const one of named(edge.live)) one.stream = { fromMs: streamFromMs, stalledMs: null }
  const nowMs = Date.now()
  for (const one of named(edge.stall)) one.stream = { fromMs: streamFromMs, stalledMs: nowMs }
  if (edge.quiet === undefined || edge.while === undefined) return []
  const [quiet] = named(edge.quiet)
  const [other] = named(edge.while)
  const before = quiet.asked
  const enough = other.asked + 3
  await until(async () => other.asked >= enough, `${edge.while} is probed`)
  if (quiet.asked === before) return []
  return [{ what: 'quiet', expected: 'no more probes', found: `${quiet.asked - before} probes` }]
}

/** Waits for the one reload that a step caused, and compares what became of it. */
async function awaitReload(
  { reload, messages = [] }: Step,
  site: Site,
  before: Metrics,
  logged: number,
): Promise<Difference[]> {
  const count = (metrics: Metrics, result: string): number => metrics.get(`reloads{${result}}`) ?? 0
  const moved = (metrics: Metrics, result: string): number => count(metrics, result) - count(before, result)
  let after = before
  await until(async () => {
    after = await site.metrics()
    return moved(after, 'succeeded') + moved(after, 'refused') > 0
  }, 'the configuration is loaded again')
  // The log comes through a pipe, later than the count.
  if (moved(after, 'refused') > 0)
    await until(
      () => Promise.resolve(site.lines.slice(logged).some(({ err }) => err !== undefined)),
      'the refusal is logged',
    )
  const lines = site.lines.slice(logged).map((line) => JSON.stringify(line))
  const found = moved(after, 'succeeded') > 0 ? 'accepted' : 'refused'
  const said = site.lines
    .slice(logged)
    .flatMap(({ msg, err }) => [msg ?? '', (err as Error | undefined)?.message ?? ''])
  if (found !== reload) return [{ what: 'reload', expected: String(reload), found: [found, ...lines].join('\n') }]
  return expectations.missingTexts(messages, said)
}

async function namesOf(site: Site): Promise<Names> {
  return { nodeOf: site.nodeOf, epoch: (await site.metrics()).get('snapshot_epoch') ?? 0 }
}

async function until(happened: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + deadlineMs
  while (!(await happened())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${deadlineMs} ms`)
    await sleep(lookAgainMs)
  }
}

function describe(step: Step): string {
  const { note, ask, admin, ...rest } = step
  if (note !== undefined) return note
  if (ask !== undefined) return `asking ${JSON.stringify(ask)}`
  return admin ?? JSON.stringify(rest)
}
