// The table of signatures: what is stored is found whole, also while it is written over by another thread. Knows no keys.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  attachSignatures,
  createSignatures,
  freeSlot,
  recordWords,
  removeSignatures,
  Signed,
  slotOf,
  storeSignatures,
  takeSignatures,
  ways,
} from '../../../src/server/signature-table.ts'
import { readerMarks } from './fixtures/signature-reader.ts'

const reader = new URL('./fixtures/signature-reader.ts', import.meta.url)

function record(low: number, high: number, value: number, count = 2): Int32Array {
  const words = new Int32Array(recordWords).fill(value)
  words[Signed.low] = low
  words[Signed.high] = high
  words[Signed.count] = count
  return words
}

describe('a signature', () => {
  it('is found by both halves of its hash, marked as used, and gone once it is removed', () => {
    const table = attachSignatures(createSignatures(4))
    const found = new Int32Array(recordWords)
    const slot = freeSlot(table, 6)
    storeSignatures(table, slot, record(-5, 6, 77))
    expect(table.used[slot]).toBe(0)
    expect(takeSignatures(table, -5, 6, found)).toBe(true)
    expect(found.subarray(1)).toEqual(record(-5, 6, 77).subarray(1))
    expect(table.used[slot]).toBe(1)
    expect(slotOf(table, -5, 6)).toBe(slot)
    // The same set of ways and the same tag, another hash.
    expect(takeSignatures(table, -5, 6 + 4, found)).toBe(false)
    removeSignatures(table, slot)
    expect(takeSignatures(table, -5, 6, found)).toBe(false)
    expect(slotOf(table, -5, 6)).toBe(-1)
  })

  it('finds room until its set is full', () => {
    const table = attachSignatures(createSignatures(4))
    const found = new Int32Array(recordWords)
    for (let low = 1; low <= ways; low++) storeSignatures(table, freeSlot(table, 3), record(low, 3, low, 1))
    expect(freeSlot(table, 3)).toBe(-1)
    expect(freeSlot(table, 2)).toBeGreaterThanOrEqual(0)
    for (let low = 1; low <= ways; low++) {
      expect(takeSignatures(table, low, 3, found)).toBe(true)
      expect(found[Signed.first]).toBe(low)
    }
  })

  it('can be stored where a writer died halfway', () => {
    const table = attachSignatures(createSignatures(1))
    table.records[Signed.sequence] = 7
    storeSignatures(table, 0, record(1, 0, 5))
    expect(takeSignatures(table, 1, 0, new Int32Array(recordWords))).toBe(true)
  })
})

describe('readers on other threads', () => {
  it('see whole records only, while one thread writes them over again and again', async () => {
    const buffer = createSignatures(1)
    const marks = new Int32Array(new SharedArrayBuffer(4 * Object.keys(readerMarks).length))
    const readers = [0, 1].map(() => new Worker(reader, { workerData: { buffer, marks } }))
    onTestFinished(async () => {
      await Promise.all(readers.map((worker) => worker.terminate()))
    })
    await Promise.all(readers.map((worker) => once(worker, 'message')))
    const table = attachSignatures(buffer)
    let writes = 0
    while (Atomics.load(marks, readerMarks.whole) < 200_000 && writes < 50_000_000) {
      // Two RRsets take turns in each of four slots, each time with a number of its own.
      const slot = writes & 3
      storeSignatures(table, slot, record(slot + 1, (writes >>> 2) & 1 ? 16 : 32, writes++))
    }
    Atomics.store(marks, readerMarks.stop, 1)
    await Promise.all(readers.map((worker) => once(worker, 'exit')))
    expect(marks[readerMarks.torn]).toBe(0)
    expect(marks[readerMarks.whole]).toBeGreaterThanOrEqual(200_000)
  })
})
