// Damages octets and text in ways that parsers trip over. Knows no format.
import type { Random } from '../../bench/random.ts'

const telling = [0, 1, 2, 3, 8, 12, 15, 16, 41, 63, 64, 65, 127, 128, 191, 192, 255]
const telling16 = [0, 1, 2, 3, 4, 5, 8, 11, 12, 16, 41, 255, 256, 257, 511, 512, 1232, 4096, 32767, 32768, 65535]

export function pickOf<T>(random: Random, choices: readonly T[]): T {
  return choices[random.below(choices.length)]
}

/** One in `times`. */
export function onceIn(random: Random, times: number): boolean {
  return random.below(times) === 0
}

export function tellingOctet(random: Random): number {
  return onceIn(random, 2) ? pickOf(random, telling) : random.below(256)
}

export function telling16Bits(random: Random): number {
  return onceIn(random, 2) ? pickOf(random, telling16) : random.below(65_536)
}

/**
 * Damages the first `length` octets in place: bits, octets, 16-bit numbers, pieces moved, cut off or added.
 * @returns the new length, at most the buffer's
 */
export function damage(bytes: Uint8Array, length: number, random: Random, strokes: number): number {
  let size = length
  for (let left = strokes; left > 0; left--) {
    const at = size === 0 ? 0 : random.below(size)
    switch (random.below(8)) {
      case 0:
        bytes[at] ^= 1 << random.below(8)
        break
      case 1:
        bytes[at] = tellingOctet(random)
        break
      case 2:
        bytes[at] = bytes[at] + (onceIn(random, 2) ? 1 : -1)
        break
      case 3: {
        const value = telling16Bits(random)
        bytes[at] = value >>> 8
        if (at + 1 < size) bytes[at + 1] = value
        break
      }
      case 4:
        bytes.copyWithin(random.below(size + 1), at, Math.min(size, at + 1 + random.below(32)))
        break
      case 5: {
        const gone = Math.min(size - at, 1 + random.below(8))
        bytes.copyWithin(at, at + gone, size)
        size -= gone
        break
      }
      case 6: {
        const more = Math.min(bytes.length - size, 1 + random.below(16))
        bytes.copyWithin(at + more, at, size)
        for (let i = at; i < at + more; i++) bytes[i] = tellingOctet(random)
        size += more
        break
      }
      default:
        if (onceIn(random, 4)) size = at
    }
  }
  return size
}

/** Damages text by its lines and tokens, which is what people and editors do to it. */
export function damageText(text: string, random: Random, strokes: number, words: readonly string[]): string {
  let lines = text.split('\n')
  for (let left = strokes; left > 0; left--) {
    const at = random.below(lines.length)
    const other = random.below(lines.length)
    switch (random.below(9)) {
      case 0:
        lines.splice(at, 1 + random.below(3))
        break
      case 1:
        lines.splice(other, 0, ...lines.slice(at, at + 1 + random.below(3)))
        break
      case 2:
        lines[at] = ' '.repeat(random.below(9)) + lines[at].trimStart()
        break
      case 3:
      case 4: {
        const parts = lines[at].split(/(\s+|[:,[\]{}"'])/)
        parts[random.below(parts.length)] = pickOf(random, words)
        lines[at] = parts.join('')
        break
      }
      case 5: {
        const cut = random.below(lines[at].length + 1)
        lines[at] = lines[at].slice(0, cut) + pickOf(random, words) + lines[at].slice(cut)
        break
      }
      case 6: {
        const cut = random.below(lines[at].length + 1)
        lines[at] = lines[at].slice(0, cut) + lines[at].slice(cut + 1 + random.below(4))
        break
      }
      case 7:
        lines[at] = lines[other].slice(0, random.below(lines[other].length + 1)) + lines[at]
        break
      default:
        if (onceIn(random, 4)) lines = lines.slice(0, at + 1)
    }
    if (lines.length === 0) lines = ['']
  }
  return lines.join('\n')
}
