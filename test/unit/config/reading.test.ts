// Files that are not what they should be, from bytes to YAML: each is a problem with a place, none an exception.
import { describe, expect, it } from 'vitest'
import { changed, good, loadFiles, main } from './load-files.ts'

/** Ten values, ten times those, and so on: a million from a few lines. */
const bomb = ['a', 'b', 'c', 'd', 'e', 'f']
  .map((key, level) => `${key}: &${key} [${`${level === 0 ? 'x' : `*${'abcdef'[level - 1]}`}, `.repeat(10)}]\n`)
  .join('')

function utf8(text: string, broken: number): Uint8Array {
  const bytes = new TextEncoder().encode(text)
  bytes[broken] = 0xff
  return bytes
}

async function problemsOf(content: string | Uint8Array): Promise<string[]> {
  return (await loadFiles({ [main]: content })).problems.map((problem) => problem.replace(`${main}:`, ''))
}

describe('a file', () => {
  it.each([
    ['that is empty', '', '1:1: the file is empty, expected a configuration'],
    ['of comments only', '# nothing yet\n', '1:1: the file is empty, expected a configuration'],
    ['that is one word', 'hello\n', '1:1: the configuration: "hello", expected a map'],
    ['that is a list', '- a\n', '1:1: the configuration: a list of 1, expected a map'],
    ['in UTF-16', Buffer.from(`\ufeff${good}`, 'utf16le'), '1:1: the file is UTF-16, expected UTF-8: save it as UTF-8'],
    ['in Latin-1', utf8(good, good.indexOf('beta')), '7:5: bytes that are not UTF-8: save the file as UTF-8'],
    ['with a NUL', changed('beta', 'be\0ta'), '7:7: control character U+0000, expected text: remove it'],
    ['with a tab', changed('  edges:', '\tedges:'), '14:1: a tab is used as indentation, expected spaces'],
    [
      'of two documents',
      `${good}---\na: 1\n`,
      '29:1: a second document begins here, expected one: remove the line ---',
    ],
    ['of YAML 1.1', `%YAML 1.1\n---\n${good}`, '1:1: %YAML 1.1, expected 1.2: remove the line'],
    [
      'with a list as a key',
      changed('  edges:', '  [edges]:'),
      '14:3: a key is a list, a map or an alias, expected text: put a key that begins with [, { or * in quotes',
    ],
    ['with a tag', changed('[fast]', '[!x fast]'), '11:90: Unresolved tag: !x, expected none: remove it'],
    [
      'with a key twice',
      changed('  beta:', '  alpha:'),
      '7:5: key "alpha" is written twice, first at nearcast.yaml:6:5',
    ],
    [
      'with an unknown alias',
      changed('[web]', '*nobody'),
      '11:105: alias *nobody has no finished anchor &nobody above it',
    ],
    ['with an alias of itself', changed('[web]', '&me [*me]'), '11:110: alias *me has no finished anchor &me above it'],
    ['nested too deeply', `a: ${'['.repeat(40)}${']'.repeat(40)}`, '1:35: nested deeper than 32 levels'],
    [
      'that grows out of aliases',
      bomb,
      '4:36: more than 10000 values come in through aliases: write them out or use include',
    ],
    [
      'with a brace that is not closed',
      changed('{ role: edge }', '{ role: edge'),
      '14:10: { is never closed, expected } after what it holds',
    ],
  ])('%s is refused', async (_, content, problem) => {
    expect(await problemsOf(content)).toEqual([problem])
  })

  it('that does not exist is refused', async () => {
    expect((await loadFiles({})).problems).toEqual([`${main}:1:1: there is no file /${main}`])
  })

  it('tells all its syntax errors at once', async () => {
    const content = changed('[fast]', '[fast').replace('"http://{address}/"', '"http://{address}/')
    const places = (await problemsOf(content)).map((problem) => problem.split(': ')[0])
    expect(places).toEqual(['11:89', '18:27'])
  })

  it('of thousands of opening brackets is refused, not a crash', async () => {
    expect((await problemsOf('['.repeat(20_000)))[0]).toMatch(/^1:\d+: nested too deeply to be read$/)
  })

  it.each([
    ['with a byte order mark', `\ufeff${good}`],
    ['with the line ends of Windows', good.replaceAll('\n', '\r\n')],
    [
      'with anchors and aliases',
      changed('probes: [web] }', 'probes: &p [web] }').replace('192.0.2.2], probes: [web]', '192.0.2.2], probes: *p'),
    ],
  ])('%s is read', async (_, content) => {
    const { loaded, problems, warnings } = await loadFiles({ [main]: content })
    expect({ problems, warnings }).toEqual({ problems: [], warnings: [] })
    expect(loaded.config?.nodes.map(({ probes }) => probes)).toEqual([['web'], ['web']])
  })

  it('may use names that objects of the language have', async () => {
    const { loaded } = await loadFiles({ [main]: changed('    beta:', '    constructor:') })
    expect(loaded.config?.carriers.map(({ key }) => key)).toEqual(['alpha', 'constructor'])
    expect(await problemsOf(changed('{ pool: edges }', '{ pool: constructor }'))).toEqual([
      '20:17: pool: there is no pool "constructor", expected edges',
    ])
    expect(await problemsOf(changed('pools:\n', 'pools:\n  __proto__: { role: edge }\n'))).toEqual([
      '14:3: "__proto__" is no name, expected at most 63 letters, digits and . _ - beginning with a letter or digit',
    ])
  })
})
