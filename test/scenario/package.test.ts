// The published package: packed, installed into an empty folder with the system's npm, and used from there.
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { repository, run } from '../support/command.ts'

let directory: string
let installed: string
let command: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'nearcast-package-'))
  installed = join(directory, 'node_modules', 'nearcast')
  command = join(directory, 'node_modules', '.bin', 'nearcast')
  await must('npm', ['pack', '--pack-destination', directory], repository)
  const tarball = (await readdir(directory)).find((name) => name.endsWith('.tgz'))
  await writeFile(join(directory, 'package.json'), '{}')
  await must(
    'npm',
    ['install', '--prefer-offline', '--no-audit', '--no-fund', join(directory, tarball ?? '')],
    directory,
  )
}, 240_000)

afterAll(() => rm(directory, { recursive: true, force: true }))

async function must(file: string, args: readonly string[], cwd: string): Promise<void> {
  const { status, stderr } = await run(file, args, { cwd })
  if (status !== 0) throw new Error(`${file} ${args.join(' ')} failed:\n${stderr}`)
}

describe('the installed package', () => {
  it('holds what it needs, and no sources, tests or tools', async () => {
    const names = (await readdir(installed)).filter((name) => name !== 'node_modules')
    expect(names.toSorted()).toEqual(
      ['LICENSE', 'NOTICE', 'README.md', 'bin', 'config', 'dist', 'geo-data', 'package.json'].toSorted(),
    )
    expect(await readdir(join(installed, 'geo-data'))).not.toContain('scripts')
    expect(await readdir(join(installed, 'bin'))).toEqual(['nearcast', 'pinned-node.js'])
  })

  it('tells its version', async () => {
    const { version } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as { version: string }
    expect(await run(command, ['--version'])).toMatchObject({ status: 0, stdout: `${version}\n` })
  })

  it('compiles its own configuration, and a copy of it elsewhere', async () => {
    const own = await run(command, ['check', '--config', 'node_modules/nearcast/config/nearcast.yaml'], {
      cwd: directory,
    })
    expect(own).toMatchObject({ status: 0, stderr: '' })
    expect(own.stdout).toMatch(/^blocks +[\d,]{7,}/m)

    await cp(join(installed, 'config'), join(directory, 'config'), { recursive: true })
    const path = join(directory, 'config', 'nearcast.yaml')
    const text = await readFile(path, 'utf8')
    await writeFile(path, text.replace('../geo-data/', '../node_modules/nearcast/geo-data/'))
    expect(await run(command, ['check'], { cwd: directory })).toMatchObject({ status: 0, stderr: '' })
  })

  it('starts worker and child files as they were emitted', async () => {
    const emitted = await readdir(join(installed, 'dist'), { recursive: true })
    const texts = await Promise.all(
      emitted.filter((name) => name.endsWith('.js')).map((name) => readFile(join(installed, 'dist', name), 'utf8')),
    )
    expect(texts.filter((text) => /new URL\('[^']*\.ts'/.test(text))).toEqual([])
  })
})
