// Hashes a file in pieces. Knows nothing of what is in it.
import type { Hash } from 'node:crypto'
import { closeSync, readSync } from 'node:fs'
import { openRegular } from './regular-file.ts'

/** A large file's own buffer costs many times what hashing it does: most of its pages are touched for the first time. */
const pieceSize = 2 ** 18

/**
 * Adds all bytes of a file to a hash.
 * @returns how many they were
 * @throws what opening or reading it throws
 */
export function hashFile(path: string, hash: Hash): number {
  const piece = new Uint8Array(pieceSize)
  const file = openRegular(path)
  try {
    let size = 0
    for (let count = 0; (count = readSync(file, piece)) > 0; size += count) hash.update(piece.subarray(0, count))
    return size
  } finally {
    closeSync(file)
  }
}
