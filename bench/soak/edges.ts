// A thousand stand-in edges in one process, each failing and recovering in a pattern of its own, drawn from a seed. Knows no name server.
import { createServer } from 'node:http'
import { drawing, edgePort, type SoakEdge } from './fleet.ts'

const { edges, seed } = JSON.parse(process.argv[2]) as { readonly edges: readonly SoakEdge[]; readonly seed: number }

/** How long an edge is well and how long it is not, in seconds: at least and at most. */
const patterns = [
  { name: 'steady', part: 0.3, well: [1e6, 1e6], ill: [0, 0] },
  { name: 'seldom', part: 0.35, well: [60, 240], ill: [5, 40] },
  { name: 'often', part: 0.3, well: [5, 30], ill: [1, 8] },
  { name: 'dead', part: 0.05, well: [20, 60], ill: [1e6, 1e6] },
] as const

let listening = 0
for (const [at, { address }] of edges.entries()) {
  const random = drawing(seed * 10_007 + at)
  const between = ([least, most]: readonly [number, number]): number => (least + random() * (most - least)) * 1000
  let draw = random()
  const pattern = patterns.find(({ part }) => (draw -= part) < 0) ?? patterns[0]
  let ill: 'no' | 'silent' | 'erring' = 'no'
  const server = createServer({ keepAliveTimeout: 60_000 }, (_request, response) => {
    if (ill === 'silent') return
    if (ill === 'erring') response.statusCode = 500
    response.end('all is well')
  })
  const turn = (): void => {
    ill = ill === 'no' ? (random() < 0.5 ? 'silent' : 'erring') : 'no'
    setTimeout(turn, Math.min(between(ill === 'no' ? pattern.well : pattern.ill), 2 ** 31 - 1))
  }
  if (pattern.name !== 'steady') setTimeout(turn, Math.min(between(pattern.well), 2 ** 31 - 1))
  server.listen({ host: address, port: edgePort, backlog: 64 }, () => {
    listening += 1
    if (listening === edges.length) process.send?.('listening')
  })
}
process.on('disconnect', () => process.exit())
