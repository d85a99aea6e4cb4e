// Asks a server some of the queries one by one and holds its answers against what it was configured with. Knows no server.
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { readAnswer, type AnswerText } from '../../test/support/dns-answer.ts'
import type { Query } from './queries.ts'
import type { Expected } from './servers/model.ts'

const optionEcs = 8
const answerWithinMs = 2_000

/** Throws naming the first answer that is not right. */
export async function checkSamples(
  who: string,
  port: number,
  queries: readonly Query[],
  expects: (query: Query) => Expected | null,
): Promise<void> {
  const socket = createSocket('udp4')
  try {
    socket.connect(port, '127.0.0.1')
    await once(socket, 'connect')
    for (const [id, query] of queries.entries()) {
      const expected = expects(query)
      if (expected === null) return
      const wrong = problemOf(await ask(who, socket, query.message, id), expected, query)
      if (wrong !== null) throw new Error(`${who}: ${describe(query)}: ${wrong}`)
    }
  } finally {
    socket.close()
  }
}

async function ask(who: string, socket: Socket, message: Buffer, id: number): Promise<AnswerText> {
  const asked = Buffer.from(message)
  asked.writeUInt16BE(id, 0)
  const answered = once(socket, 'message', { signal: AbortSignal.timeout(answerWithinMs) })
  socket.send(asked)
  const [answer] = (await answered.catch((cause: unknown) => {
    throw new Error(`${who}: no answer within ${answerWithinMs} ms`, { cause })
  })) as [Buffer]
  return readAnswer(answer)
}

function problemOf({ rcode, answers, opts }: AnswerText, expected: Expected, { type }: Query): string | null {
  if (rcode !== 'NOERROR') return `${rcode}, expected NOERROR`
  if (answers.length !== expected.count) return `${answers.length} answers, expected ${expected.count}`
  const wrong = answers.find((record) => record.type !== type || !expected.addresses.has(record.data))
  if (wrong !== undefined) return `${wrong.type} ${wrong.data}, expected of ${[...expected.addresses].join(', ')}`
  const hasSubnet = opts.some(({ options }) => options.some(({ code }) => code === optionEcs))
  return hasSubnet || !expected.subnet ? null : 'no client subnet option'
}

function describe({ type, prefix, message }: Query): string {
  return `${type} from ${prefix.country}, query ${message.toString('hex')}`
}
