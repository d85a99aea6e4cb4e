// Two 32-bit words a node slot, shared by every thread: the machine's verdict and the operator's override. Knows no DNS and no probes.
//
//   verdict   bit 0 up over IPv4 · 1 up over IPv6 · 2 moving over IPv4 · 3 moving over IPv6 · 4 answers QUIC
//             bits 8-15 share of IPv4 blocks served (0-255, 255 is all) · 16-23 the same for IPv6
//   override  bits 0-1 mode: none, drain, up, down · bits 8-15 share of blocks drained (255 is all)
//
// Each word has one writer (health, admin) and any number of readers; a store is seen by the next packet on every thread.

/** Bits of a verdict word. "Moving" says a node is suspect, ramping, or fell within one steady TTL. */
export const Verdict = { upV4: 1, upV6: 2, movingV4: 4, movingV6: 8, quic: 16 } as const

/** Shift of the share byte in a verdict word, by family. */
export const shareShift = { v4: 8, v6: 16 } as const

/** Modes in bits 0-1 of an override word. */
export const Override = { none: 0, drain: 1, up: 2, down: 3 } as const

/** A verdict word for a node that serves every block over the given families. */
export const allUp = Verdict.upV4 | Verdict.upV6 | (255 << shareShift.v4) | (255 << shareShift.v6)

/** Words are laid out in pairs: verdict at 2 × slot, override at 2 × slot + 1. */
export type AvailabilityWords = Int32Array<SharedArrayBuffer>

/** Room for `slots` nodes, all down and without override. */
export function createWords(slots: number): AvailabilityWords {
  return new Int32Array(new SharedArrayBuffer(slots * 8))
}

/**
 * Whether a node may be handed to a block, over one family.
 * @param family 4 or 6
 * @param lot 0-254, the block's lot for this node: the same block and node always draw the same one
 */
export function isAvailable(words: AvailabilityWords, slot: number, family: number, lot: number): boolean {
  const override = words[slot * 2 + 1]
  if (override !== 0) {
    const mode = override & 3
    if (mode === Override.up) return true
    if (mode === Override.down) return false
    if (mode === Override.drain && lot < ((override >>> 8) & 255)) return false
  }
  const verdict = words[slot * 2]
  if (family === 4) return (verdict & Verdict.upV4) !== 0 && lot < ((verdict >>> 8) & 255)
  return (verdict & Verdict.upV6) !== 0 && lot < ((verdict >>> 16) & 255)
}

/** Whether some block may be handed the node: ramps take the lowest lots first, and so do drains, so one lot decides. */
export function isPartlyAvailable(words: AvailabilityWords, slot: number, family: number): boolean {
  const override = words[slot * 2 + 1]
  const lowestLot = (override & 3) === Override.drain ? (override >>> 8) & 255 : 0
  return isAvailable(words, slot, family, lowestLot)
}

/** What a word says about every block at once: 1 all may be handed the node, 0 none, -1 that depends on the block. */
export function forEveryBlock(words: AvailabilityWords, slot: number, family: number): number {
  if (words[slot * 2 + 1] !== Override.none) return -1
  // IPv6 has the next bit and the next byte: no branch, as questions of both families come mixed.
  const v6 = (family >> 1) & 1
  const verdict = words[slot * 2]
  return ((verdict >>> (shareShift.v4 + v6 * 8)) & 255) === 255 ? (verdict >>> v6) & Verdict.upV4 : -1
}
