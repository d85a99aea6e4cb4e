// RFC 7766, DNS Transport over TCP: Implementation Requirements, over real connections.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { framed, overTcp } from '../support/dns-talk.ts'
import { ask, messageOf, queryOf, serve, type Served } from './fixture.ts'

const many = Array.from({ length: 50 }, (_, id) =>
  queryOf({ name: id % 2 ? 'multi.live.example.net' : 'live.example.net', id }),
)
const ids = many.map((_, id) => id)

describe('RFC 7766', () => {
  let server: Served
  beforeAll(async () => {
    server = await serve()
  })
  afterAll(() => server?.stop())

  it('5: what is answered over UDP is answered over TCP, the same', async () => {
    const asked = { name: 'multi.live.example.net', edns: true }
    const { answers } = await overTcp([framed(queryOf(asked))], { to: server }, 1, false)
    expect(answers[0]).toEqual(ask(asked).bytes)
  })

  it('6.2.1: a connection stays open for the next query', async () => {
    const chunks = many.slice(0, 3).map(framed)
    const { answers, closed } = await overTcp(chunks, { to: server }, 3, false)
    expect([answers.length, closed]).toEqual([3, false])
  })

  it('6.2.1.1: queries that come at once are all answered, each under its ID', async () => {
    const { answers } = await overTcp([Buffer.concat(many.map(framed))], { to: server }, many.length, false)
    expect(answers.map((answer) => messageOf(answer).id)).toEqual(ids)
  })

  it('6.2.2: a client may have several connections', async () => {
    const talks = ids.slice(0, 5).map((id) => overTcp([framed(many[id])], { to: server }, 1, false))
    expect((await Promise.all(talks)).map(({ answers }) => messageOf(answers[0]).id)).toEqual(ids.slice(0, 5))
  })

  it('6.2.4: a client that ends its half gets what it asked for, and then the end of ours', async () => {
    const { answers, closed } = await overTcp(many.map(framed), { to: server }, 0, true)
    expect([answers.length, closed]).toEqual([many.length, true])
  })

  it('8: a message may come in any pieces, its length too', async () => {
    const bytes = Buffer.concat(many.slice(0, 2).map(framed))
    const { answers } = await overTcp(
      Array.from(bytes, (octet) => Buffer.of(octet)),
      { to: server },
      2,
      false,
    )
    expect(answers.map((answer) => messageOf(answer).id)).toEqual([0, 1])
  })

  it('8: a message over TCP may be longer than any datagram', async () => {
    const padding = { code: 12, data: Buffer.alloc(20_000) }
    const { answers } = await overTcp(
      [framed(queryOf({ name: 'big.live.example.net', type: 'TXT', options: [padding] }))],
      { to: server },
      1,
      false,
    )
    expect(messageOf(answers[0]).counts).toEqual([1, 12, 0, 1])
  })
})
