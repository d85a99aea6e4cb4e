// A geographic name server as one would write it with dns2 and maxmind: parse, look the country up, answer. For comparison only.
import type { RemoteInfo } from 'node:dgram'
import { readFileSync } from 'node:fs'
import dns from 'dns2'
import { open, type CountryResponse } from 'maxmind'

const { Packet } = dns
const [port, database, table] = process.argv.slice(2)
const ttl = 30

interface Addresses {
  readonly v4: readonly string[]
  readonly v6: readonly string[]
}

/** What dns2 makes of a client subnet option; its types do not say. */
interface Subnet {
  readonly ednsCode: number
  readonly family: number
  readonly ip: string
  readonly sourcePrefixLength: number
  readonly scopePrefixLength: number
}

const byCountry = JSON.parse(readFileSync(table, 'utf8')) as Record<string, Addresses>
const reader = await open<CountryResponse>(database)

const server = dns.createServer({
  udp: true,
  handle(request, send, client) {
    const response = Packet.createResponseFromRequest(request)
    const [question] = request.questions
    const opt = request.additionals.find((record) => record.type === Packet.TYPE.EDNS)
    const options = (opt as { rdata?: Subnet[] } | undefined)?.rdata ?? []
    const subnet = options.find(({ ednsCode }) => ednsCode === Packet.EDNS_OPTION_CODE.ECS)
    const [found, depth] = reader.getWithPrefixLength(subnet?.ip ?? (client as RemoteInfo).address)
    const { v4, v6 } = byCountry[found?.country?.iso_code ?? ''] ?? byCountry.default
    const type = question.type
    for (const address of type === Packet.TYPE.A ? v4 : type === Packet.TYPE.AAAA ? v6 : []) {
      response.answers.push(Packet.createResourceFromQuestion(question, { ttl, address }))
    }
    response.additionals = []
    if (subnet !== undefined) {
      response.additionals.push(Packet.Resource.EDNS([{ ...subnet, scopePrefixLength: depth }]))
    }
    void send(response)
  },
})

await server.listen({ udp: { port: Number(port), address: '127.0.0.1' } })
