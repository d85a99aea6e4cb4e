// The small world with secrets in force and a clock that tests set; answers read with all sixteen bits of their response code.
import { answer, Transport } from '../../src/server/answer.ts'
import { Client } from '../../src/server/client.ts'
import { setCookieSecrets } from '../../src/server/cookies.ts'
import { readAnswer, type AnswerText } from './dns-answer.ts'
import { query, type Asked } from './ask.ts'
import { makeWorld, type World } from './world.ts'

/** 32 hexadecimal digits each. */
export interface Secrets {
  readonly current: string
  readonly previous?: string
}

export interface CookieWorld extends World {
  /** What comes back to bytes from an address; null: nothing. */
  readonly send: (packet: Uint8Array, from: string, tcp?: boolean) => AnswerText | null
  /** The same for a question; throws when nothing comes back. */
  readonly ask: (asked: Asked) => AnswerText
}

/** @param atSeconds the Unix time that threads think it is */
export function cookieWorld(
  { current, previous }: Secrets,
  atSeconds: number,
  more: Parameters<typeof makeWorld>[0] = {},
): CookieWorld {
  const world = makeWorld(more)
  const { state, protection } = world
  setCookieSecrets(protection.secrets, {
    current: Buffer.from(current, 'hex'),
    previous: previous === undefined ? null : Buffer.from(previous, 'hex'),
  })
  state.clock.set(atSeconds * 1000, 0)
  const send = (packet: Uint8Array, from: string, tcp = false): AnswerText | null => {
    const room = new Uint8Array(4096)
    room.set(packet)
    const client = new Client()
    if (!client.setFromText(from, 5353)) throw new Error(`${from} is no address`)
    const length = answer(room, packet.length, client, tcp ? Transport.tcp : Transport.udp, state)
    return length === 0 ? null : readAnswer(Buffer.from(room.subarray(0, length)))
  }
  const ask = (asked: Asked): AnswerText => {
    const got = send(query(asked), asked.resolver ?? '192.0.2.200', asked.tcp)
    if (got === null) throw new Error('no answer')
    return got
  }
  return { ...world, send, ask }
}

/** The data of an answer's COOKIE option in hexadecimal digits; null without one. */
export function cookieIn({ opts }: AnswerText): string | null {
  return (
    opts
      .flatMap(({ options }) => options)
      .find(({ code }) => code === 10)
      ?.data.toString('hex') ?? null
  )
}
