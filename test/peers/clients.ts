// Client addresses of the world, near and far from each other, the same ones for the same seed. Knows no DNS.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/**
 * So many different addresses. One in four begins a ranges's neighbourhood somewhere in the networks that are announced, the
 * others lie around those, a random number of bits away: in the same block, in the next one, or beyond.
 */
export function randomClients(family: 4 | 6, count: number, random: () => number): string[] {
  const starts = announced(family)
  const width = family === 4 ? 32 : 64
  const clients = new Set<string>()
  let anchor = 0n
  while (clients.size < count) {
    if (clients.size % 4 === 0) anchor = starts[Math.floor(random() * starts.length)]
    const spare = Math.floor(random() * (family === 4 ? 20 : 36))
    const bits = BigInt(Math.floor(random() * 2 ** spare))
    const address = ((anchor >> BigInt(spare)) << BigInt(spare)) | bits
    clients.add(`${format(family, address)}/${width}`)
  }
  return [...clients]
}

/** First addresses of networks, of IPv6 the upper half. */
function announced(family: 4 | 6): bigint[] {
  const path = require.resolve(`@ip-location-db/asn/asn-ipv${family}.csv`)
  const lines = readFileSync(path, 'latin1').split('\n')
  return lines.filter((line) => line !== '').map((line) => parse(family, line.slice(0, line.indexOf(','))))
}

function parse(family: 4 | 6, text: string): bigint {
  if (family === 4) return text.split('.').reduce((sum, part) => (sum << 8n) | BigInt(part), 0n)
  const [head, tail] = text.split('::')
  const groups = (part: string | undefined): string[] => (part ?? '').split(':').filter((group) => group !== '')
  const zeros = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length
  const all = [...groups(head), ...Array.from({ length: zeros }, () => '0'), ...groups(tail)]
  return all.slice(0, 4).reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n)
}

function format(family: 4 | 6, address: bigint): string {
  const part = (shift: number, mask: bigint): bigint => (address >> BigInt(shift)) & mask
  if (family === 4) return [24, 16, 8, 0].map((shift) => part(shift, 0xffn)).join('.')
  return `${[48, 32, 16, 0].map((shift) => part(shift, 0xffffn).toString(16)).join(':')}::`
}
