// Makes a failing input smaller by taking away pieces, as long as it still fails. Knows nothing of what it means.

const mostTries = 20_000

/**
 * @param fails whether an input fails in the same way
 * @returns an input that fails and of which no single octet can be spared, or as near to that as the tries go
 */
export async function shrink(input: Uint8Array, fails: (input: Uint8Array) => Promise<boolean>): Promise<Uint8Array> {
  let smallest = Buffer.from(input)
  let tries = 0
  for (let size = smallest.length; size >= 1; size >>= 1) {
    for (let at = 0; at < smallest.length && tries < mostTries; tries++) {
      const without = Buffer.concat([smallest.subarray(0, at), smallest.subarray(at + size)])
      if (await fails(without)) smallest = without
      else at += size
    }
  }
  return smallest
}
