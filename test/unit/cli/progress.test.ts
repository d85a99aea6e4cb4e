// The line that shows how far a long step is.
import { describe, expect, it } from 'vitest'
import { Progress } from '../../../src/cli/progress.ts'

function written(isTTY: boolean, use: (progress: Progress) => void, elsewhere?: 'a line a step'): string {
  let text = ''
  use(new Progress({ isTTY, write: (piece: string | Uint8Array) => (text += String(piece)) !== '' }, elsewhere))
  return text
}

describe('progress', () => {
  it('is one line on a terminal, wiped out in the end', () => {
    const text = written(true, (progress) => {
      progress.show('reading', 0.25)
      progress.show('ranking', 2)
      progress.done()
    })
    expect(text.split('\r\u001B[K')).toEqual([
      '',
      `[#####${'.'.repeat(15)}] reading`,
      `[${'#'.repeat(20)}] ranking`,
      '',
    ])
  })

  it('wipes out nothing when nothing was shown', () => {
    expect(written(true, (progress) => progress.done())).toBe('')
  })

  it('says nothing where there is no terminal, or each step once', () => {
    const use = (progress: Progress): void => {
      progress.show('reading', 0.25)
      progress.show('reading', 0.5)
      progress.show('ranking', 0.9)
      progress.done()
    }
    expect(written(false, use)).toBe('')
    expect(written(false, use, 'a line a step')).toBe('reading\nranking\n')
  })
})
