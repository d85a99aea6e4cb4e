// The Dockerfile's steps, run one by one in an empty folder in place of a container: what it copies is enough to build, to
// serve and to pass its own health check. What needs root (apt-get, setcap, useradd) is left out, as no engine runs here.
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, delimiter, dirname, join } from 'node:path'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { repository, run } from '../support/command.ts'
import { parseDockerfile, type Stage, type Step } from '../support/dockerfile.ts'
import { freePort } from '../support/free-port.ts'

/** The file system of one stage, and what its steps run with. */
interface Container {
  readonly root: string
  cwd: string
  readonly env: NodeJS.ProcessEnv
}

let directory: string
let stages: Stage[]
let image: Container
const built = new Map<string, Container>()

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'nearcast-image-'))
  stages = parseDockerfile(await readFile(join(repository, 'Dockerfile'), 'utf8'))
  for (const [number, stage] of stages.entries()) {
    image = await build(stage, join(directory, `stage-${number}`))
    if (stage.name !== null) built.set(stage.name, image)
  }
}, 300_000)

afterAll(() => rm(directory, { recursive: true, force: true }))

async function build(stage: Stage, root: string): Promise<Container> {
  const path = `${dirname(process.execPath)}${delimiter}${process.env.PATH}`
  const env = {
    PATH: path,
    HOME: join(root, 'home'),
    npm_config_cache: process.env.npm_config_cache ?? `${process.env.HOME}/.npm`,
  }
  const container = { root, cwd: root, env: { ...env, npm_config_prefer_offline: 'true' } }
  await mkdir(container.env.HOME, { recursive: true })
  for (const step of stage.steps) await follow(step, container)
  return container
}

async function follow(step: Step, container: Container): Promise<void> {
  const { root, env } = container
  if (step.kind === 'workdir') {
    container.cwd = join(root, step.path)
    await mkdir(container.cwd, { recursive: true })
  } else if (step.kind === 'env') {
    for (const [name, value] of Object.entries(step.values))
      env[name] = value.startsWith('/') ? join(root, value) : value
  } else if (step.kind === 'copy') {
    const from = step.from === null ? repository : built.get(step.from)?.root
    for (const source of step.sources) {
      const into = step.to.endsWith('/') ? join(step.to, basename(source)) : step.to
      await cp(join(from ?? '', source), join(container.cwd, into), { recursive: true })
    }
  } else if (step.kind === 'run' && !/\b(apt-get|setcap|useradd)\b/.test(step.command)) {
    const { status, stderr } = await run('sh', ['-ec', step.command], { cwd: container.cwd, env })
    if (status !== 0) throw new Error(`RUN ${step.command} failed:\n${stderr}`)
  }
}

describe('the image', () => {
  it('has no tools of the build among its packages', async () => {
    const names = await readdir(join(image.cwd, 'node_modules'))
    expect(names).toContain('fastify')
    expect(names.filter((name) => /^(typescript|vitest|oxlint|node-linux-)/.test(name))).toEqual([])
  })

  it('serves and is healthy by its own check', async () => {
    const { entrypoint, command, healthcheck } = stages[stages.length - 1]
    const [dns, admin] = [await freePort(), await freePort()]
    const moved = (text: string): string => text.replaceAll('5300', String(dns)).replaceAll('8053', String(admin))
    const config = join(image.cwd, command[command.length - 1])
    await writeFile(config, moved(await readFile(config, 'utf8')))

    const [program, ...args] = [...entrypoint, ...command]
    const daemon = spawn(program, args, { cwd: image.cwd, env: image.env, stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      const [check, ...checkArgs] = (healthcheck ?? []).map(moved)
      await vi.waitFor(
        async () =>
          expect(await run(check, checkArgs, { cwd: image.cwd, env: image.env })).toMatchObject({ status: 0 }),
        { timeout: 90_000, interval: 500 },
      )
      const question = ['bin/nearcast', 'query', 'live.example.net', 'TXT', '--server', `127.0.0.1:${dns}`]
      const answer = async () => expect((await run('node', question, image)).stdout).toMatch(/^NOERROR /)
      await vi.waitFor(answer, { timeout: 30_000, interval: 500 })
    } finally {
      expect(await end(daemon)).toBe(0)
    }
  }, 120_000)

  it('is unhealthy when nothing runs', async () => {
    const port = await freePort()
    const [check, ...args] = (stages[stages.length - 1].healthcheck ?? []).map((text) =>
      text.replace('8053', String(port)),
    )
    expect(await run(check, args, { cwd: image.cwd, env: image.env })).toMatchObject({ status: 1 })
  })
})

async function end(child: ChildProcess): Promise<number | null> {
  const ended = once(child, 'exit')
  child.stdout?.resume()
  child.kill('SIGTERM')
  const [code] = (await ended) as [number | null]
  return code
}
