// Reads scenario files: checked against their language, every step with the line it stands on. Knows no daemon.
import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TSchema } from 'typebox'
import Value from 'typebox/value'
import { isMap, isSeq, LineCounter, parseDocument } from 'yaml'
import { expectSchemas, scenarioSchema, verbs, type Scenario, type Step } from './language.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const repository = fileURLToPath(new URL('../../', import.meta.url))

export interface ScenarioFile extends Scenario {
  /** From the repository. */
  readonly path: string
  /** `NN-name`. */
  readonly name: string
  /** Lines of the steps. */
  readonly lines: readonly number[]
  /** Scenarios with the same key may share a daemon; null: this one changes its daemon. */
  readonly shares: string | null
}

/** All scenarios, in the order of their numbers; throws with everything that is wrong with them. */
export function loadScenarios(): ScenarioFile[] {
  const paths = [...globSync('[0-9]*-*.yaml', { cwd: here }), ...globSync('[0-9]*-*/scenario.yaml', { cwd: here })]
  const problems: string[] = []
  const scenarios = paths.toSorted().map((path) => load(join(here, path), problems))
  if (problems.length > 0) throw new Error(problems.join('\n'))
  return scenarios.filter((scenario) => scenario !== null)
}

/** The text of a base configuration. */
export function readBase(name: Scenario['base']): string {
  return readFileSync(join(here, 'base', `${name}.yaml`), 'utf8')
}

function load(path: string, problems: string[]): ScenarioFile | null {
  const shown = relative(repository, path)
  const counter = new LineCounter()
  const document = parseDocument(readFileSync(path, 'utf8'), { lineCounter: counter })
  const found = document.errors.map(({ message }) => message)
  const value: unknown = found.length === 0 ? document.toJS() : null
  if (found.length === 0) found.push(...check(value))
  if (found.length > 0) {
    problems.push(...found.map((message) => `${shown}: ${message}`))
    return null
  }
  const scenario = value as Scenario
  const steps = isMap(document.contents) ? document.contents.get('steps') : null
  const lines = isSeq(steps)
    ? steps.items.map((item) => counter.linePos((item as { range?: number[] }).range?.[0] ?? 0).line)
    : []
  const { base, config = {}, files = {}, key, freshState } = scenario
  const shares = scenario.steps.some(changesDaemon) ? null : JSON.stringify([base, config, files, key, freshState])
  const name = basename(path) === 'scenario.yaml' ? basename(dirname(path)) : basename(path, '.yaml')
  return { ...scenario, path: shown, name, lines, shares }
}

function check(value: unknown): string[] {
  if (!Value.Check(scenarioSchema, value)) return describe(scenarioSchema, value, '')
  return value.steps.flatMap((step, index) => {
    const where = `/steps/${index}`
    const does = verbs.filter((verb) => step[verb] !== undefined)
    if (does.length !== 1 && (does.length > 1 || step.metrics === undefined)) {
      return [`${where} does ${does.join(' and ') || 'nothing'}, expected one of ${verbs.join(', ')}`]
    }
    if (step.expect === undefined) return []
    if (step.ask === undefined && step.admin === undefined) return [`${where}/expect is for ask and admin`]
    const schema = step.ask === undefined ? expectSchemas.admin : expectSchemas.ask
    return Value.Check(schema, step.expect) ? [] : describe(schema, step.expect, `${where}/expect`)
  })
}

function describe(schema: TSchema, value: unknown, at: string): string[] {
  return Value.Errors(schema, value).map(({ instancePath, message }) => `${at}${instancePath} ${message}`)
}

/** Whether what the daemon answers afterwards may be something else. */
function changesDaemon({ edge, change, signal, restart, admin }: Step): boolean {
  const acts = edge ?? change ?? signal ?? restart
  return acts !== undefined || (admin !== undefined && !admin.startsWith('GET '))
}
