// What the Dockerfile says, without building it: who runs, what is copied. Its steps are run in test/scenario.
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseDockerfile } from '../../support/dockerfile.ts'

const root = new URL('../../../', import.meta.url)
const stages = parseDockerfile(readFileSync(new URL('Dockerfile', root), 'utf8'))
const image = stages[stages.length - 1]
const sources = stages
  .flatMap(({ steps }) => steps)
  .flatMap((step) => (step.kind === 'copy' && step.from === null ? step.sources : []))

describe('the image', () => {
  it('is not run by root', () => {
    expect(image.steps.findLast(({ kind }) => kind === 'user')).toMatchObject({ user: 'nearcast' })
  })

  it('binds port 53 by a capability of its Node', () => {
    const runs = image.steps.flatMap((step) => (step.kind === 'run' ? [step.command] : []))
    expect(runs.join('\n')).toContain('setcap cap_net_bind_service=+ep /usr/local/bin/node')
  })

  it('holds no sources, tests or tools', () => {
    const own = image.steps.flatMap((step) => (step.kind === 'copy' ? step.sources : []))
    expect(own.filter((path) => /^(src|test|bench|tsconfig)/.test(path))).toEqual([])
  })

  it('asks the admin API for its health', () => {
    expect(image.healthcheck?.join(' ')).toContain('/healthz')
  })

  it('copies only what exists and what .dockerignore lets through', () => {
    const through = readFileSync(new URL('.dockerignore', root), 'utf8').matchAll(/^!(.+)$/gm)
    const visible = new Set([...through].map(([, path]) => path))
    expect(sources.filter((path) => !existsSync(new URL(path, root)))).toEqual([])
    expect(sources.filter((path) => !visible.has(path.replace('./', '').split('/')[0]))).toEqual([])
  })
})
