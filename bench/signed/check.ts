// Holds sampled answers against what a validator wants: the DNSKEY's signature over every record set. Knows no server.
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { query } from '../../test/support/ask.ts'
import { goodSignatures, keysIn } from '../../test/support/signed.ts'
import { readAnswer } from '../../test/support/dns-answer.ts'
import type { Query } from '../peers/queries.ts'
import { answerCount, zone } from '../peers/sites.ts'

const answerWithinMs = 2_000
const types = { A: 1, AAAA: 28 } as const

/** Of the sampled clients some lie in no country that a server knows: they get the proof that there is nothing. */
const fewestAnswered = 0.9

/** Throws naming the first answer without a good signature. */
export async function checkSigned(port: number, queries: readonly Query[]): Promise<void> {
  await asking(port, async (ask) => {
    const keys = keysIn(await ask(query({ name: zone, type: 'DNSKEY', dnssecOk: true })))
    if (keys.length === 0) throw new Error(`the server on port ${port} has no DNSKEY`)
    let answered = 0
    for (const { message, type } of queries) {
      const answer = await ask(message)
      if (answer.readUInt16BE(6) === 0) continue
      answered++
      const good = goodSignatures(answer, types[type], keys, Math.floor(Date.now() / 1000))
      if (good.length === 0)
        throw new Error(`port ${port}: no good signature over ${type} in ${answer.toString('hex')}`)
    }
    if (answered < queries.length * fewestAnswered)
      throw new Error(`port ${port}: ${answered} answers of ${queries.length} have records`)
  })
}

/** Throws naming the first answer that is not just the records. */
export async function checkUnsigned(port: number, queries: readonly Query[]): Promise<void> {
  await asking(port, async (ask) => {
    for (const { message, type } of queries) {
      const { rcode, answers } = readAnswer(await ask(message))
      if (rcode === 'NOERROR' && answers.length === answerCount && answers.every((one) => one.type === type)) continue
      throw new Error(`port ${port}: ${rcode} with ${answers.length} records, expected ${answerCount} of ${type}`)
    }
  })
}

async function asking(port: number, use: (ask: (message: Uint8Array) => Promise<Buffer>) => Promise<void>) {
  const socket = createSocket('udp4')
  try {
    socket.connect(port, '127.0.0.1')
    await once(socket, 'connect')
    await use((message) => exchange(socket, message))
  } finally {
    socket.close()
  }
}

async function exchange(socket: Socket, message: Uint8Array): Promise<Buffer> {
  const answered = once(socket, 'message', { signal: AbortSignal.timeout(answerWithinMs) })
  socket.send(message)
  const [answer] = (await answered) as [Buffer]
  return answer
}
