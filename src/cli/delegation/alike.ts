// Compares what the servers of a zone said: serial and answers. Asks nobody.
import type { Finding } from './finding.ts'
import type { Sample } from './samples.ts'
import type { Seen } from './server.ts'

/** Everything that differs from the configuration, or from what most say. */
export function compareServers(seen: readonly Seen[], samples: readonly Sample[]): Finding[] {
  return [...compareSerials(seen), ...samples.flatMap((sample) => compareAnswers(seen, sample))]
}

function compareSerials(seen: readonly Seen[]): Finding[] {
  const serials = seen.flatMap(({ serial }) => serial ?? [])
  const newest = serials.reduce((best, serial) => (isNewer(serial, best) ? serial : best), serials[0] ?? 0)
  return seen.flatMap(({ server, serial }) =>
    serial === null || serial === newest
      ? []
      : [
          {
            code: 'serial' as const,
            where: [server],
            found: `serial ${serial}`,
            expected: `serial ${newest}, as the newest of the others has`,
            advice: 'give it the same configuration and reload it; a server of another kind: look at its transfers',
          },
        ],
  )
}

/** Serial number arithmetic (RFC 1982 section 3.2). */
function isNewer(a: number, b: number): boolean {
  return a !== b && ((a - b) | 0) > 0
}

function compareAnswers(seen: readonly Seen[], sample: Sample): Finding[] {
  const answers = seen.flatMap(({ server, answers: said }) => {
    const text = said.get(sample)
    return text === undefined ? [] : [{ server, text }]
  })
  const expected = sample.expected ?? mostFrequent(answers.map(({ text }) => text))
  const source = sample.expected === null ? ', as most servers say' : ', as the configuration says'
  const advice =
    sample.expected === null
      ? 'health may have changed in between: check again; else compare its configuration, databases and /v1/nodes'
      : 'give it the same configuration and reload it'
  return answers
    .filter(({ text }) => text !== expected)
    .map(({ server, text }) => ({
      code: 'answers',
      where: [server],
      found: `${sample.text}: ${text}`,
      expected: `${expected}${source}`,
      advice,
    }))
}

/** The first of them, of several. */
function mostFrequent(texts: readonly string[]): string {
  const count = (text: string): number => texts.filter((other) => other === text).length
  return texts.reduce((best, text) => (count(text) > count(best) ? text : best), texts[0] ?? '')
}
