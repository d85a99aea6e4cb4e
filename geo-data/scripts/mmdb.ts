// Walks every leaf of an .mmdb file in address order, for the scripts beside it. Must not know what the records mean.
import { readFileSync } from 'node:fs'
import { Reader, type Response } from 'maxmind'

/**
 * Calls `visit` for each leaf that holds a record, in address order. Positions are whole networks of `unitLength` bits
 * (32: IPv4 addresses; 48: IPv6 /48s); a leaf finer than that has a fractional start and count. Equal records are the
 * same object.
 */
export function walk<T extends Response>(
  path: string,
  unitLength: number,
  visit: (start: number, count: number, record: T) => void,
): void {
  const bytes = readFileSync(path)
  const reader = new Reader<T>(bytes)
  const { nodeCount, recordSize, nodeByteSize, treeDepth } = reader.metadata
  const address = new Uint8Array(treeDepth / 8)
  const records = new Map<number, T | null>()

  const child = (node: number, right: boolean): number => {
    const at = node * nodeByteSize
    if (recordSize === 24) return bytes.readUIntBE(right ? at + 3 : at, 3)
    if (recordSize === 32) return bytes.readUInt32BE(right ? at + 4 : at)
    const middle = bytes.readUInt8(at + 3)
    return right
      ? (middle & 0x0f) * 2 ** 24 + bytes.readUIntBE(at + 4, 3)
      : (middle >> 4) * 2 ** 24 + bytes.readUIntBE(at, 3)
  }

  const recordOf = (pointer: number): T | null => {
    let record = records.get(pointer)
    if (record === undefined) records.set(pointer, (record = reader.get(format(address))))
    return record
  }

  const descend = (pointer: number, depth: number, start: number): void => {
    if (pointer === nodeCount) return
    const count = 2 ** (unitLength - depth)
    if (pointer > nodeCount) {
      const record = recordOf(pointer)
      if (record !== null) visit(start, count, record)
      return
    }
    const byte = depth >> 3
    const bit = 0x80 >> (depth & 7)
    descend(child(pointer, false), depth + 1, start)
    address[byte] = (address[byte] ?? 0) | bit
    descend(child(pointer, true), depth + 1, start + count / 2)
    address[byte] = (address[byte] ?? 0) & ~bit
  }
  descend(0, 0, 0)
}

function format(address: Uint8Array): string {
  if (address.length === 4) return address.join('.')
  const groups: string[] = []
  for (let i = 0; i < 16; i += 2) groups.push((((address[i] ?? 0) << 8) | (address[i + 1] ?? 0)).toString(16))
  return groups.join(':')
}
