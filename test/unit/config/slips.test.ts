// One slip of the hand in YAML itself: one answer, where the slip is, with what to write instead.
import { describe, expect, it } from 'vitest'
import { changed, good, loadFiles, main, sayings } from './load-files.ts'
import type { Case } from './load-files.ts'

const column = 'expected keys of one map in one column: mend the indentation'
const noColon = 'a line without ": ", expected "key: value" with a blank after the colon'

const brackets: readonly Case[] = [
  {
    title: 'a bracket too many',
    from: '[AS, OC]',
    to: '[AS, OC]]',
    problems: ['2:31: ] closes nothing, expected one less, or its other half before it'],
  },
  {
    title: 'a brace too many at the end of a line',
    from: '[192.0.2.2], probes: [web] }',
    to: '[192.0.2.2], probes: [web] }}',
    problems: ['12:62: } closes nothing, expected one less, or its other half before it'],
  },
  {
    title: 'a bracket that nothing opens',
    from: '[AS, OC]',
    to: 'AS, OC]',
    problems: ['2:29: ] closes nothing, expected one less, or its other half before it'],
  },
  {
    title: 'a brace twice',
    from: 'play: { pool',
    to: 'play: {{ pool',
    problems: ['20:9: { is never closed, expected } after what it holds'],
  },
  {
    title: 'a quote that is not closed',
    from: '"2001:db8::1"',
    to: '"2001:db8::1',
    problems: ['11:46: " is never closed, expected " after what it holds'],
  },
  {
    title: 'quotes of a word processor',
    from: '"http://{address}/"',
    to: '“http://{address}/”',
    problems: ['18:27: “ is a letter like any other, expected straight quotes: " or \''],
  },
]

const separators: readonly Case[] = [
  {
    title: 'no comma',
    from: 'site: hkg, addresses: [192.0.2.2]',
    to: 'site: hkg addresses: [192.0.2.2]',
    problems: [
      '12:18: a second colon or a "- " in one entry, expected a comma between two, or quotes around the value',
    ],
  },
  {
    title: 'a comma twice',
    from: 'site: hkg, addresses: [192.0.2.2]',
    to: 'site: hkg,, addresses: [192.0.2.2]',
    problems: ['12:22: a comma with nothing before it, expected an entry there or one comma less'],
  },
  {
    title: 'a comma after a map',
    from: '{ role: edge }',
    to: '{ role: edge },',
    problems: ['14:24: "," after the end of a value, expected it on the next line, or quotes around the whole'],
  },
  {
    title: 'no colon at the end of a line',
    from: 'pools:\n',
    to: 'pools\n',
    problems: [`13:1: ${noColon}`],
  },
  {
    title: 'no blank after a colon',
    from: '  rest: apac',
    to: '  rest:apac',
    problems: [`3:3: ${noColon}`],
  },
  {
    title: 'two colons',
    from: '  rest: apac',
    to: '  rest: apac: eu',
    problems: [
      '3:9: a second colon in one line, expected one: put a value that has ": " in it or ends in ":" in quotes',
    ],
  },
  {
    title: 'a value that begins with @',
    from: 'rest: apac',
    to: 'rest: @apac',
    problems: ['3:9: a value that begins with @, expected it in quotes'],
  },
  {
    title: 'a list item beside its key',
    from: 'rest: apac',
    to: 'rest: - apac',
    problems: ['3:9: a list item beside its key, expected it on a line of its own, or as [a, b]'],
  },
  {
    title: 'a star without quotes',
    from: '"*.play": play',
    to: '*.play: play',
    problems: [
      '25:26: a key is a list, a map or an alias, expected text: put a key that begins with [, { or * in quotes',
    ],
  },
]

const blanks: readonly Case[] = [
  {
    title: 'a line indented too far',
    from: '    ns: {',
    to: '     ns: {',
    problems: [`24:6: begins in column 6, the line before it in column 5, ${column}`],
  },
  {
    title: 'a line indented too little',
    from: '    ns: {',
    to: '   ns: {',
    problems: [`24:4: begins in column 4, the line before it in column 5, ${column}`],
  },
  {
    title: 'no colon in the first line of a map',
    from: '  apac: { continents: [AS, OC], sites: [hkg] }',
    to: '  apac # Asia: and Oceania',
    problems: [`2:3: ${noColon}`],
  },
  {
    title: 'a section indented',
    from: 'probes:\n',
    to: ' probes:\n',
    problems: [`17:2: begins in column 2, the line before it in column 3, ${column}`],
  },
  {
    title: 'a no-break space for a blank',
    from: 'rest: apac',
    to: 'rest:\u00a0apac',
    problems: ['3:8: an unseen character, U+00A0, expected an ordinary blank or none'],
  },
  {
    title: 'a no-break space in a key',
    from: 'role: edge',
    to: 'role\u00a0: edge',
    problems: [
      '14:12: unknown key "role\\u00a0" in edges, expected role, sites, labels and nodes; did you mean "role"?',
    ],
  },
  {
    title: 'the end of a document',
    from: 'pools:\n',
    to: '...\npools:\n',
    problems: ['14:1: a second document begins here, expected one: remove the line ... above'],
  },
]

describe.each([
  ['brackets and quotes', brackets] as const,
  ['commas and colons', separators] as const,
  ['blanks', blanks] as const,
])('%s', (_, cases) => {
  it.each(cases)('$title: once, and where it is', async (one) => {
    const { problems = [] } = one
    expect((await sayings(one)).problems).toEqual(problems)
  })
})

it('says slips in several entries of a section at once', async () => {
  const content = changed('carriers: [alpha]', 'carriers: [alpha').replace(
    'site: hkg, addresses: [192.0.2.2]',
    'site: hkg,, addresses: [192.0.2.2]',
  )
  const { problems } = await loadFiles({ [main]: content })
  expect(problems.map((problem) => problem.split(': ')[0])).toEqual(['nearcast.yaml:11:72', 'nearcast.yaml:12:22'])
})

describe('a merge that was not finished', () => {
  const conflict = (ours: string, theirs: string): string => `<<<<<<< HEAD\n${ours}=======\n${theirs}>>>>>>> theirs\n`
  const advice =
    'a mark of a merge that was not finished: keep one side and remove the lines <<<<<<<, ======= and >>>>>>>'

  it('is one problem of the file, at its first mark', async () => {
    const content = good.replace('pools:\n', conflict('pools:\n', 'pool:\n'))
    expect((await loadFiles({ [main]: content })).problems).toEqual([`${main}:13:1: <<<<<<<, ${advice}`])
  })

  it('is said of half a one, and of a CSV', async () => {
    const rest = good.replace('pools:\n', '=======\r\npools:\n')
    expect((await loadFiles({ [main]: rest })).problems).toEqual([`${main}:13:1: =======, ${advice}`])
    const csv = `prefix,country,carrier,reason\n${conflict('198.51.100.0/24,HK,,a\n', '')}`
    const including = `geo:\n  overrides:\n    include: o.csv\n${good}`
    const { problems } = await loadFiles({ [main]: including, 'o.csv': csv })
    expect(problems).toEqual([`o.csv:2:1: <<<<<<<, ${advice}`])
  })
})
