// That answering leaves nothing on the heap and keeps its optimised code, in a process of its own. Knows no times.
import { describe, expect, it } from 'vitest'
import { steadyState } from '../../../bench/deopt.ts'

describe.each(['small', 'signed'] as const)('a million answers of the %s world', (size) => {
  it('leave nothing on the heap, and no optimised code is given up again and again', { timeout: 300_000 }, async () => {
    const { answers, grownBytes, warmUp, steady } = await steadyState(size, 1_000_000)
    expect(answers).toBeGreaterThanOrEqual(1_000_000)
    // One number on the heap for each answer would be 12 MB.
    expect(grownBytes).toBeLessThan(64 * 1024)
    // Some code is given up while V8 learns, or the lines were not found at all; a loop would show thousands.
    expect(warmUp).not.toEqual([])
    expect(steady.length).toBeLessThan(10)
  })
})
