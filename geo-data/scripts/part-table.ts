// Makes parts.bin, in the format of src/geo/parts.ts: which part each range is in. Must not know how parts came about.
import { brotliCompressSync, constants, crc32 } from 'node:zlib'
import { partsChecksum, partsMagic } from '../../src/geo/parts.ts'
import type { City } from './city.ts'
import { add } from './networks.ts'
import type { Part } from './make-parts.ts'
import type { Ranges } from './ranges.ts'

/** Part k from starts[i] to the next start; positions are whole networks. The first begins at 0. */
export interface Runs {
  readonly starts: number[]
  readonly parts: number[]
}

/** Addresses in an IPv4 /24. */
const slash24 = 256

export function makePartTable(city: City, ofPlace: Uint8Array): { v4: Runs; v6: Runs } {
  return { v4: majority(city.v4, slash24, ofPlace), v6: majority(city.v6, 1, ofPlace) }
}

export function encodePartTable({ v4, v6 }: { v4: Runs; v6: Runs }, parts: readonly Part[]): Buffer {
  const columns = Buffer.from([...steps(v4.starts), ...v4.parts, ...steps(v6.starts), ...v6.parts])
  const head = Buffer.alloc(24)
  head.write(partsMagic, 'latin1')
  head.writeUInt32BE(partsChecksum(parts), 8)
  head.writeUInt32BE(crc32(columns), 12)
  head.writeUInt32BE(v4.starts.length, 16)
  head.writeUInt32BE(v6.starts.length, 20)
  return brotliCompressSync(Buffer.concat([head, columns]), {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 },
  })
}

/** Each network of `size` positions whole, in the part that most of it is in; what is in no part does not count. */
function majority(ranges: Ranges, size: number, ofPlace: Uint8Array): Runs {
  const runs: Runs = { starts: [0], parts: [0] }
  let shared = -1
  let votes = new Map<string, number>()
  const run = (start: number, end: number, part: number): void => {
    push(runs, start, part)
    push(runs, end, 0)
  }
  const count = (): void => {
    const [part] = [...votes].reduce((best, next) => (next[1] > best[1] ? next : best), ['0', 0])
    if (part !== '0') run(shared, shared + 1, Number(part))
    votes = new Map()
  }
  const vote = (network: number, part: number, share: number): void => {
    if (network !== shared) count()
    shared = network
    if (part !== 0 && share > 0) add(votes, String(part), share)
  }
  for (const [i, place] of ranges.values.entries()) {
    const part = ofPlace[place] ?? 0
    const start = (ranges.starts[i] ?? 0) / size
    const end = (ranges.ends[i] ?? 0) / size
    const firstWhole = Math.ceil(start)
    const afterWhole = Math.floor(end)
    if (firstWhole > afterWhole) {
      vote(afterWhole, part, end - start)
      continue
    }
    vote(firstWhole - 1, part, firstWhole - start)
    if (firstWhole < afterWhole) {
      vote(afterWhole, 0, 0)
      run(firstWhole, afterWhole, part)
    }
    vote(afterWhole, part, end - afterWhole)
  }
  count()
  return runs
}

/** A start given twice keeps the last part; neighbours alike become one. */
function push({ starts, parts }: Runs, start: number, part: number): void {
  if (starts.at(-1) === start) {
    starts.pop()
    parts.pop()
  }
  if (parts.at(-1) === part) return
  starts.push(start)
  parts.push(part)
}

/** The distance of each start from the one before: seven bits a byte, low ones first, high bit on all but the last. */
function steps(starts: readonly number[]): number[] {
  const bytes: number[] = []
  let previous = 0
  for (const start of starts) {
    let step = start - previous
    for (; step > 127; step = Math.floor(step / 128)) bytes.push((step % 128) | 0x80)
    bytes.push(step)
    previous = start
  }
  return bytes
}
