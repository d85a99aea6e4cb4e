// Weighted rendezvous orders, compiled: for each of 2,048 buckets, a group's nodes by cost. Knows no health and no DNS.
//
// In bucket b a node draws u from (0, 1) and costs -ln(u) / weight; the cheapest wins, so a node wins its share of the
// weights, and taking one away moves only what it had (weighted rendezvous hashing). A node's draws over all buckets are a
// permutation of (i + ½) / 2,048, keyed by its name: shares come out closer than by independent draws, and a node's draw depends
// on nothing but its name and the bucket, so orders survive reloads and are the same at every site.
import { mix } from '../ip/hash.ts'

export const bucketCount = 2048
const bucketBits = 11
const bucketMask = bucketCount - 1
const halfBits = bucketBits >> 1

/** -ln of each possible draw. */
const exponentials = Float64Array.from({ length: bucketCount }, (_, i) => -Math.log((i + 0.5) / bucketCount))

/** How many nodes a row of the table names; past them the group is searched whole. */
const rowWidth = 8

/**
 * What a node of weight 1 costs in a bucket.
 * @param nodeHash hash of the node's name
 */
export function bucketCost(nodeHash: number, bucket: number): number {
  return exponentials[permute(bucket & bucketMask, nodeHash, multiplierOf(nodeHash))]
}

/** A bijection of the buckets for each key: odd multiplications and shifts, each of which can be undone. */
function permute(bucket: number, key: number, multiplier: number): number {
  let x = (bucket + key) & bucketMask
  x = Math.imul(x, (key >>> 10) | 1) & bucketMask
  x ^= x >>> halfBits
  x = (Math.imul(x, multiplier) + (key >>> 21)) & bucketMask
  x ^= x >>> (halfBits - 1)
  x = Math.imul(x, 0x2c9) & bucketMask
  return x ^ (x >>> halfBits)
}

function multiplierOf(key: number): number {
  return (mix(key) >>> 8) | 1
}

/** A group's rows: `width` nodes a bucket, cheapest first, with their costs. */
export interface Rows {
  readonly width: number
  readonly nodes: Uint16Array
  readonly costs: Float32Array
}

/**
 * Compiles a group.
 * @param members indexes into the node table
 * @param weights by node index, greater than 0 for members
 * @param hashes by node index
 */
export function compileRows(members: readonly number[], weights: Float32Array, hashes: Int32Array): Rows {
  const width = Math.min(members.length, rowWidth)
  const nodes = new Uint16Array(bucketCount * width)
  const costs = new Float32Array(bucketCount * width).fill(Infinity)
  for (const node of members) {
    const key = hashes[node]
    const multiplier = multiplierOf(key)
    const weight = weights[node]
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      const cost = Math.fround(exponentials[permute(bucket, key, multiplier)] / weight)
      const base = bucket * width
      let at = base + width - 1
      if (cost >= costs[at]) continue
      for (; at > base && costs[at - 1] > cost; at--) {
        costs[at] = costs[at - 1]
        nodes[at] = nodes[at - 1]
      }
      costs[at] = cost
      nodes[at] = node
    }
  }
  return { width, nodes, costs }
}
