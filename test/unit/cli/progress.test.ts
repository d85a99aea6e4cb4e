// The line that shows how far a long step is.
import { describe, expect, it } from 'vitest'
import { Progress } from '../../../src/cli/progress.ts'

function written(isTTY: boolean, use: (progress: Progress) => void): string {
  let text = ''
  use(new Progress({ isTTY, write: (piece: string | Uint8Array) => (text += String(piece)) !== '' }))
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

  it('says nothing where there is no terminal', () => {
    expect(written(false, (progress) => progress.show('reading', 0.5))).toBe('')
  })
})
