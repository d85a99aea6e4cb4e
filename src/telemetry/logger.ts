// The logger: JSON lines for machines, a readable form for a person at a terminal. Must not know what is logged.
import pino from 'pino'
import { isColorSupported, prettyFactory } from 'pino-pretty'
import { LogOutput } from './log-output.ts'

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'

/** One line: its event name (`snapshot.swapped`) and whatever else is worth knowing; errors go under `err`. */
export interface LogLine {
  readonly event: `${string}.${string}`
  readonly [field: string]: unknown
}

const lostWords = 'nobody took the log any more, so these lines are missing before this one'

type Log = (line: LogLine, message?: string) => void

/** What rooms log through. Every line is one event; the message is for people and may be left out. */
export interface Logger {
  readonly debug: Log
  readonly info: Log
  readonly warn: Log
  readonly error: Log
  readonly fatal: Log
  /** The same logger with fields added to every line. */
  child(fields: Record<string, unknown>): Logger
}

export interface LoggerOptions {
  readonly level: LogLevel
  /** The readable form; by default when standard output is a terminal and no destination is given. */
  readonly pretty?: boolean
  /** Where whole lines go; standard output by default. */
  readonly destination?: { write(line: string): unknown }
}

/** Makes the process's logger. Lines are written at once, so none is lost when the process ends, but it never waits for who reads them. */
export function createLogger({ level, pretty, destination }: LoggerOptions): Logger {
  const toTerminal = destination === undefined && Boolean(process.stdout.isTTY)
  const sink = destination ?? new LogOutput(1, (lines) => logger.warn({ event: 'log.lost', lines }, lostWords))
  const logger: Logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    (pretty ?? toTerminal) ? readable(sink, toTerminal && isColorSupported) : sink,
  )
  return logger
}

/** A stream that turns each JSON line into one for people. In this process: a worker would lose the last lines of a crash. */
function readable(sink: { write(line: string): unknown }, colorize: boolean): { write(line: string): void } {
  const format = prettyFactory({
    colorize,
    ignore: 'event',
    singleLine: true,
    translateTime: 'SYS:HH:MM:ss.l',
    messageFormat: (log, key, _label, { colors }) => {
      const message = log[key]
      return colors.cyan(String(log.event)) + (typeof message === 'string' ? ` ${message}` : '')
    },
  })
  return { write: (line) => void sink.write(format(spellControls(line)) ?? line) }
}

/**
 * Spells out the control characters inside a JSON line's strings, line feeds and tabs apart: what a client or a file
 * put into them must not steer the terminal.
 */
function spellControls(line: string): string {
  return line.replace(/\\(u00[01][\da-f]|[bfr]|.)|[\x7f-\x9f]/g, (found, escape: string | undefined) => {
    if (escape === undefined) return `\\\\x${found.charCodeAt(0).toString(16)}`
    return /^(u|[bfr])/.test(escape) ? `\\\\${escape}` : found
  })
}
