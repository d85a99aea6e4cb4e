// A named pipe that takes nothing more until somebody reads: the reader that hangs.
import { constants, openSync, writeSync } from 'node:fs'

/** Opens a named pipe without blocking and fills it; `filler` is how many bytes lie in it. */
export function brimful(path: string): { readonly descriptor: number; readonly filler: number } {
  const descriptor = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
  let filler = 0
  for (const size of [1 << 16, 4096, 1]) {
    const piece = Buffer.alloc(size, '.')
    try {
      for (;;) filler += writeSync(descriptor, piece)
    } catch {
      // It is full, for pieces of this size.
    }
  }
  return { descriptor, filler }
}
