// How examples of a Markdown page are read and compared; they are run in test/scenario.
import { describe, expect, it } from 'vitest'
import { examplesOf, isPrinted } from '../../support/examples.ts'

const page = `
\`\`\`sh
$ npm ci
\`\`\`

\`\`\`console
$ nearcast --version
0.1.0
$ dig +short a.example.net
192.0.2.1

...
;; done in ... ms
\`\`\`
`

describe('examples', () => {
  it('are the commands of console blocks with what they print', () => {
    expect(examplesOf(page)).toEqual([
      { command: 'nearcast --version', printed: '0.1.0', line: 7 },
      { command: 'dig +short a.example.net', printed: '192.0.2.1\n\n...\n;; done in ... ms', line: 9 },
    ])
  })

  it.each([
    ['192.0.2.1\n\n;; done in 3 ms', true],
    ['192.0.2.1\n\nmore\n\nand more\n;; done in 3 ms', true],
    ['192.0.2.1\n;; done in 3 ms', false],
    ['192x0.2.1\n\n;; done in 3 ms', false],
    ['192.0.2.1\n\n;; done in 3 ms\nand more', false],
    ['192.0.2.1\n\n;; done in 3\n ms', false],
  ])('print %j: %s', (text, expected) => {
    expect(isPrinted(examplesOf(page)[1], text)).toBe(expected)
  })
})
