// The house rules that no compiler checks: levels, cycles, first lines, lengths, names. Knows the tree, not what the code does.
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type ErrorCode, NearcastError } from '../src/errors.ts'
import { metrics } from '../src/telemetry/metrics.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** A room imports only from strictly lower levels. */
const levels: Readonly<Record<string, number>> = {
  ip: 0,
  memory: 0,
  telemetry: 0,
  'errors.ts': 0,
  wire: 1,
  geo: 2,
  fleet: 2,
  zone: 3,
  scheduler: 3,
  server: 4,
  health: 4,
  config: 5,
  admin: 5,
  succession: 5,
  compile: 6,
  'daemon.ts': 7,
  cli: 8,
  'main.ts': 9,
}

/** Packages that must not spread: where each may be imported. dns2 costs 250 µs a query and loses options, so it never serves. */
const homes: Readonly<Record<string, readonly string[]>> = {
  commander: ['cli', 'main.ts'],
  dns2: ['cli'],
  fastify: ['admin'],
  'lru-cache': ['server'],
  maxmind: ['geo'],
  pino: ['telemetry'],
  'prom-client': ['telemetry'],
  yaml: ['config'],
}

interface Import {
  readonly from: string
  readonly to: string
}

const sources = list('src/**/*.ts')
const tests = list('test/**/*.ts')
const imports = sources.flatMap(importsOf)
const relativeImports = imports.filter(({ to }) => to.startsWith('src/'))

describe('rooms', () => {
  it('are the ones that have a level', () => {
    expect(sources.filter((file) => levels[roomOf(file)] === undefined)).toEqual([])
  })

  it('import only from strictly lower levels, worker and child files included', () => {
    expect(relativeImports.filter((edge) => !mayImport(edge)).map(show)).toEqual([])
  })

  it('import files that exist', () => {
    const known = new Set(sources)
    expect(relativeImports.filter(({ to }) => !known.has(to)).map(show)).toEqual([])
  })

  it('have no import cycles inside', () => {
    expect(cycles()).toEqual([])
  })

  it('keep to their own packages', () => {
    const strays = imports.filter(({ from, to }) => homes[to] !== undefined && !homes[to].includes(roomOf(from)))
    expect(strays.map(show)).toEqual([])
  })

  it('have no barrels', () => {
    expect(
      sources.filter((file) => /^export\s[^'"\n]*\sfrom\s/m.test(read(file)) || file.endsWith('/index.ts')),
    ).toEqual([])
  })

  it('have unit tests of their own, under their own name', () => {
    const strangers = list('test/unit/**/*.ts').filter((file) => {
      const name = file.split('/')[2]
      return (
        name !== 'repository' &&
        levels[name] === undefined &&
        levels[`${name.replace('.test.ts', '.ts')}`] === undefined
      )
    })
    expect(strangers).toEqual([])
  })
})

describe('files', () => {
  it('begin by saying what they are for', () => {
    const silent = [...sources, ...tests, ...list('bench/**/*.ts')].filter((file) => !/^\/\/ \S.{20,}/.test(read(file)))
    expect(silent).toEqual([])
  })

  it('are at most 400 lines long', () => {
    const long = [...sources, ...tests].filter((file) => read(file).trimEnd().split('\n').length > 400)
    expect(long).toEqual([])
  })

  it('name only example domains in tests', () => {
    const name =
      /(?<![\p{L}\p{N}_.@/-])(?:[a-z0-9*_-]+\.)*[a-z0-9-]{2,}\.(?:com|net|org|info|biz|io|dev|cloud)\b(?![\w(/-])/giu
    // Lines with escapes or templates hold pieces of names.
    const lines = tests.flatMap((file) => read(file).split('\n')).filter((line) => !/\\|\$\{/.test(line))
    const named = lines.flatMap((line) => [...line.matchAll(name)].map(([text]) => text))
    const foreign = named.filter((text) => !/(^|\.)example\.(com|net|org)$/i.test(text))
    expect(foreign).toEqual([])
  })

  it('title tests by what happens', () => {
    const titled = /\b(?:it|test)(?:\.\w+)*\(\s*(['"`])(should|works|test)\b/
    expect(tests.filter((file) => titled.test(read(file)))).toEqual([])
  })
})

describe('metrics', () => {
  it('are named after what they count, with their unit, and counters end in _total', () => {
    const word = /^nearcast(_[a-z]+)+$/
    const odd = metrics.filter(({ name, kind }) => !word.test(name) || name.endsWith('_total') !== (kind === 'counter'))
    expect(odd.map(({ name }) => name)).toEqual([])
    expect(metrics.filter(({ name }) => /_(ms|millis|minutes|hours|kb|mb)\b/.test(name))).toEqual([])
  })

  it('have a name of their own and say what they mean', () => {
    expect(new Set(metrics.map(({ name }) => name)).size).toBe(metrics.length)
    expect(metrics.filter(({ help }) => !/^[A-Z1].{9,}[^.]$/.test(help)).map(({ name }) => name)).toEqual([])
  })

  it('count along one dimension at most', () => {
    expect(metrics.filter(({ kind, labels }) => kind === 'counter' && labels.length > 1)).toEqual([])
  })
})

describe('errors', () => {
  const codes = [...read('src/errors.ts').matchAll(/^ {2}(NC_[A-Z_]+):/gm)].map(([, code]) => code as ErrorCode)

  it('have an exit code that a shell sees as a failure, and an HTTP status that is one', () => {
    const kinds = codes.map((code) => new NearcastError(code, 'text'))
    expect(kinds.map(({ code }) => code)).toEqual(codes)
    expect(kinds.filter(({ exit, status }) => !(exit > 1 && exit < 79 && status >= 400 && status < 600))).toEqual([])
  })

  it('are each thrown somewhere', () => {
    const thrown = sources
      .filter((file) => file !== 'src/errors.ts')
      .map(read)
      .join()
    expect(codes.filter((code) => !thrown.includes(`'${code}'`))).toEqual([])
  })
})

describe('the README', () => {
  it('takes one sitting', () => {
    expect(read('README.md').split('\n').length).toBeLessThanOrEqual(200)
  })

  it('and the pages beside it name every command, metric and error', () => {
    const pages = ['README.md', ...list('docs/*.md')].map(read).join('\n')
    const commands = list('src/cli/*.ts').flatMap((file) => [...read(file).matchAll(/new Command\('(\w+)'\)/g)])
    const codes = [...read('src/errors.ts').matchAll(/^ {2}(NC_[A-Z_]+):/gm)]
    const named = [
      ...commands.map(([, name]) => `nearcast ${name}`),
      ...codes.map(([, code]) => code),
      ...metrics.map(({ name }) => name),
    ]
    expect(named.filter((name) => !pages.includes(name))).toEqual([])
  })
})

describe('packages', () => {
  const manifest = JSON.parse(read('package.json')) as Record<string, Record<string, string>>

  it('are pinned to exact versions', () => {
    const wanted = ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((key) =>
      Object.entries(manifest[key]),
    )
    expect(wanted.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([])
  })

  it('are locked without the place they came from', () => {
    expect(read('package-lock.json')).not.toMatch(/"resolved"/)
  })
})

function list(pattern: string): string[] {
  return globSync(pattern, { cwd: root }).toSorted()
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

/** `src/geo/build.ts` → `geo`; a file right under src is a room of its own. */
function roomOf(file: string): string {
  return file.split('/')[1]
}

/** Static and dynamic imports, re-exports, and `new URL('./x.ts', import.meta.url)`, by which workers and children start. */
function importsOf(file: string): Import[] {
  const text = read(file)
  const patterns = [
    /^\s*(?:import|export)\b[^'";]*?\bfrom\s+'([^']+)'/gm,
    /^\s*import\s+'([^']+)'/gm,
    /\bimport\(\s*'([^']+)'/g,
    /\bnew URL\(\s*'(\.[^']+\.ts)'/g,
  ]
  return patterns.flatMap((pattern) =>
    [...text.matchAll(pattern)].map(([, to]) => ({ from: file, to: resolve(file, to) })),
  )
}

function resolve(file: string, specifier: string): string {
  if (specifier.startsWith('.')) return relative(root, join(root, dirname(file), specifier))
  const parts = specifier.split('/')
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]
}

/** Config fills in every room's model.ts from every room's schema.ts: admin's too, though they share a level. */
function mayImport({ from, to }: Import): boolean {
  const [mine, theirs] = [roomOf(from), roomOf(to)]
  if (mine === theirs) return true
  return levels[theirs] < levels[mine] || (levels[theirs] === levels[mine] && /\/(model|schema)\.ts$/.test(to))
}

function cycles(): string[] {
  const next = Map.groupBy(relativeImports, ({ from }) => from)
  const done = new Set<string>()
  const found: string[] = []
  const walk = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) found.push([...path.slice(path.indexOf(file)), file].join(' → '))
    if (path.includes(file) || done.has(file)) return
    for (const { to } of next.get(file) ?? []) walk(to, [...path, file])
    done.add(file)
  }
  for (const file of sources) walk(file, [])
  return found
}

function show({ from, to }: Import): string {
  return `${from} → ${to}`
}
