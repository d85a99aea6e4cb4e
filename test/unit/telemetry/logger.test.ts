// The logger's two forms of a line. Knows no event of Nearcast's.
import { describe, expect, it } from 'vitest'
import { createLogger, type LogLevel } from '../../../src/telemetry/logger.ts'

function collect(options: { level?: LogLevel; pretty?: boolean } = {}) {
  const lines: string[] = []
  const destination = { write: (line: string) => void lines.push(line) }
  return { lines, logger: createLogger({ level: 'info', ...options, destination }) }
}

describe('a JSON line', () => {
  it('carries its event, its level by name, an ISO time and nothing of the machine', () => {
    const { lines, logger } = collect()
    logger.info({ event: 'snapshot.swapped', epoch: 4 }, 'snapshot 4 answers')
    expect(lines.length).toBe(1)
    expect(lines[0].endsWith('\n')).toBe(true)
    const { time, ...line } = JSON.parse(lines[0]) as Record<string, unknown>
    expect(line).toEqual({ level: 'info', event: 'snapshot.swapped', epoch: 4, msg: 'snapshot 4 answers' })
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  })

  it('may do without a message', () => {
    const { lines, logger } = collect()
    logger.warn({ event: 'reload.refused' })
    expect(JSON.parse(lines[0])).not.toHaveProperty('msg')
  })

  it('tells an error with its stack and its causes', () => {
    const { lines, logger } = collect()
    logger.error({ event: 'reload.failed', err: new Error('outer', { cause: new Error('inner') }) })
    const { err } = JSON.parse(lines[0]) as { err: { message: string; stack: string } }
    expect(err.message).toContain('outer')
    expect(err.stack).toContain('inner')
  })

  it('carries what a child was given', () => {
    const { lines, logger } = collect()
    logger.child({ thread: 2 }).info({ event: 'thread.started' })
    expect(JSON.parse(lines[0])).toMatchObject({ thread: 2, event: 'thread.started' })
  })

  it('is left out below the level', () => {
    const { lines, logger } = collect({ level: 'warn' })
    logger.info({ event: 'probe.passed' })
    logger.warn({ event: 'probe.failed' })
    expect(lines.length).toBe(1)
  })
})

describe('a readable line', () => {
  it('is one line of time, level, event, message and fields', () => {
    const { lines, logger } = collect({ pretty: true })
    logger.info({ event: 'snapshot.swapped', epoch: 4 }, 'snapshot 4 answers')
    expect(lines.length).toBe(1)
    expect(lines[0]).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: snapshot\.swapped snapshot 4 answers .*"epoch":4.*\n$/)
  })

  it('shows an error with its stack', () => {
    const { lines, logger } = collect({ pretty: true })
    logger.error({ event: 'reload.failed', err: new Error('no such file') })
    expect(lines.join('')).toContain('no such file')
    expect(lines.join('')).toMatch(/\n\s+at /)
  })

  it('spells out control characters instead of sending them to the terminal', () => {
    const { lines, logger } = collect({ pretty: true })
    const hostile = 'x\u001b[2J\u0007\u009b31m\u007f\r\b\\u001by'
    logger.warn({ event: 'config.refused', key: hostile, err: new Error(hostile) }, hostile)
    expect(lines.join('')).not.toMatch(/(?![\n\t])\p{Cc}/u)
    expect(lines.join('')).toContain(String.raw`\u001b[2J`)
  })
})
