// What other files bring in: every section that includes, globs, circles, files that are missing, broken or elsewhere.
import { describe, expect, it } from 'vitest'
import { changed, good, loadFiles, main } from './load-files.ts'

const node = (name: string, last: number): string =>
  `${name}: { site: hkg, addresses: [192.0.2.${last}], probes: [web] }\n`
const includingNodes = (include: string): string => changed('nodes:\n', `nodes:\n  include: ${include}\n`)
const csvHeader = 'prefix,country,carrier,reason\n'
const withCsv = { [main]: `geo:\n  overrides:\n    include: o.csv\n${good}` }

describe('include', () => {
  it('brings nodes in by path, list and pattern, in a stable order', async () => {
    const { loaded, problems, files } = await loadFiles({
      [main]: includingNodes('[one.yaml, "more/*.yaml"]'),
      'one.yaml': node('one', 11),
      'more/b.yaml': node('b', 13),
      'more/a.yaml': node('a', 12),
      'more/not.yml': 'this is: not read\n',
    })
    expect(problems).toEqual([])
    expect(loaded.config?.nodes.map(({ name }) => name)).toEqual(['one', 'a', 'b', 'hkg-1', 'hkg-2'])
    expect(files).toEqual([main, 'one.yaml', 'more/*.yaml', 'more/a.yaml', 'more/b.yaml'])
  })

  it('brings carriers in beside define', async () => {
    const content = changed('  define:', '  include: carriers.yaml\n  define:')
    const { loaded } = await loadFiles({ [main]: content, 'carriers.yaml': 'gamma: { tier: 1, asns: [64500] }\n' })
    expect(loaded.config?.carriers.map(({ key }) => key)).toEqual(['gamma', 'alpha', 'beta'])
  })

  it('brings rules in where it stands, and they know their own place', async () => {
    const rules = '# ours\n- { nodes: { node: hkg-2 }, weight: 2 }\n- { nodes: { node: hkg-2 }, bias: 5ms }\n'
    const content = changed('steering:\n', 'steering:\n  - include: rules/*.yaml\n')
    const { loaded } = await loadFiles({ [main]: content, 'rules/ours.yaml': rules })
    expect(loaded.config?.steering.map(({ at }) => at)).toEqual([
      'rules/ours.yaml:2:3',
      'rules/ours.yaml:3:3',
      `${main}:17:5`,
    ])
  })

  it('brings services and zones in', async () => {
    const zone = `soa: { mname: ns1.example.org, rname: host.example.net }, ns: { ns1.example.org: [], ns2.example.org: [] }`
    const { loaded, problems } = await loadFiles({
      [main]: changed('services:\n', 'services:\n  include: services.yaml\n').replace(
        'zones:\n',
        'zones:\n  include: zones/*.yaml\n',
      ),
      'services.yaml': 'recordings: { pool: edges }\n',
      'zones/a.yaml': `recordings.example.net: { ${zone}, names: { "@": recordings } }\n`,
    })
    expect(problems).toEqual([])
    expect(loaded.config?.services.map(({ key }) => key)).toEqual(['recordings', 'play'])
    expect(loaded.config?.zones.map(({ name }) => name)).toEqual(['recordings.example.net', 'live.example.net'])
  })

  it('tells problems in the file that has them', async () => {
    const { problems } = await loadFiles({
      [main]: includingNodes('more.yaml'),
      'more.yaml': `# comment\n${node('hkg-3', 11)}hkg-4: { site: hgk, addresses: [192.0.2.12] }\n${node('hkg-1', 13)}`,
    })
    expect(problems).toEqual([
      `${main}:12:3: "hkg-1" is written twice, first at more.yaml:4:1`,
      'more.yaml:3:16: site: there is no site "hgk"; did you mean "hkg"?',
    ])
  })

  it('follows the includes of included files, each from its own directory', async () => {
    const { loaded, problems } = await loadFiles({
      [main]: includingNodes('n/a.yaml'),
      'n/a.yaml': 'include: b/c.yaml\n',
      'n/b/c.yaml': 'include: ../../d.yaml\n',
      'd.yaml': node('deep', 11),
    })
    expect(problems).toEqual([])
    expect(loaded.config?.nodes.map(({ name }) => name)).toEqual(['deep', 'hkg-1', 'hkg-2'])
  })

  it('takes a file without entries as it is', async () => {
    const { loaded } = await loadFiles({ [main]: includingNodes('later.yaml'), 'later.yaml': '# none yet\n' })
    expect(loaded.config?.nodes).toHaveLength(2)
  })

  it.each([
    ['conf.d/*.yaml', 'conf.d/*.yaml'],
    ['sites/*/nodes.yaml', 'sites/*.yaml'],
    ['more/{a,b}.{yml,yaml}', 'more/*.yaml'],
    ['carriers/*.csv', 'carriers/*.csv'],
  ])('wants what may come to match %s', async (pattern, file) => {
    const { files } = await loadFiles({ [main]: changed('  hkg-1:', `  include: '${pattern}'\n  hkg-1:`) })
    expect(files).toEqual([main, file])
  })

  it('wants databases that are missing', async () => {
    const { files } = await loadFiles({ [main]: changed('regions:', 'geo: { country: db/country.mmdb }\nregions:') })
    expect(files).toEqual([main, 'db/country.mmdb'])
  })

  it('warns of a pattern that nothing matches', async () => {
    const { problems, warnings } = await loadFiles({ [main]: includingNodes('"none/*.yaml"') })
    expect({ problems, warnings }).toEqual({ problems: [], warnings: [`${main}:11:12: no file matches "none/*.yaml"`] })
  })

  it.each([
    ['is missing', 'none.yaml', {}, `${main}:11:12: there is no file /none.yaml`],
    ['is a directory', 'more', { 'more/a.yaml': '' }, `${main}:11:12: /more is a directory, expected a file`],
    ['is the main one', main, {}, `${main}:11:12: include goes round in a circle: /${main} → /${main}`],
    [
      'comes twice',
      '[a.yaml, "a*.yaml"]',
      { 'a.yaml': node('a', 11) },
      `${main}:11:21: /a.yaml is already included at ${main}:11:13`,
    ],
    [
      'includes itself by way of another',
      'a.yaml',
      { 'a.yaml': 'include: b.yaml\n', 'b.yaml': 'include: a.yaml\n' },
      `b.yaml:1:10: include goes round in a circle: /${main} → /a.yaml → /b.yaml → /a.yaml`,
    ],
    [
      'reaches out of the directory',
      'a.yaml',
      { 'a.yaml': 'include: /etc/hosts\n' },
      `a.yaml:1:10: /etc/hosts lies outside the directory of the main file: only that file, /${main}, includes from elsewhere`,
    ],
    [
      'is a list',
      'a.yaml',
      { 'a.yaml': '- 1\n' },
      'a.yaml:1:1: the file holds a list of 1, expected a map: it is included in one',
    ],
    ['is no text', '5', {}, `${main}:11:12: include is 5, expected a path, a pattern or a list of them`],
  ])('refuses a file that %s', async (_, include, others, problem) => {
    expect((await loadFiles({ [main]: includingNodes(include), ...others })).problems).toEqual([problem])
  })

  it('does not call unknown what a broken file may define', async () => {
    const { problems } = await loadFiles({
      [main]: includingNodes('a.yaml').replace('node: hkg-1', 'node: a').replace('role: edge', 'role: egde'),
      'a.yaml': 'a: {\n',
    })
    expect(problems.map((problem) => problem.split(': ')[0])).toEqual([`${main}:15:18`, 'a.yaml:1:4'])
  })
})

describe('overrides as CSV', () => {
  it('are read with quotes, comments and empty columns', async () => {
    const rows = '198.51.100.0/24,HK,,"moved, they say ""May"""\r\n# comment\r\n\r\n2001:db8::/32,,alpha,'
    const { loaded, problems } = await loadFiles({ ...withCsv, 'o.csv': csvHeader + rows })
    expect(problems).toEqual([])
    expect(loaded.config?.geo.overrides).toEqual([
      { prefix: '198.51.100.0/24', country: 'HK', carrier: null, reason: 'moved, they say "May"' },
      { prefix: '2001:db8::/32', country: null, carrier: 'alpha', reason: null },
    ])
  })

  it('tell every problem at its row and column', async () => {
    const rows = '198.51.100.0/24,HK,,\n203.0.113.0/24,hk,alhpa,\n203.0.113.7/24,HK,,x\n198.51.100.0/24,HK,,\n1,2,3\n'
    expect((await loadFiles({ ...withCsv, 'o.csv': csvHeader + rows })).problems).toEqual([
      'o.csv:3:16: country: there is no country "hk"; did you mean "HK"?',
      'o.csv:3:19: carrier: there is no carrier "alhpa"; did you mean "alpha"?',
      'o.csv:4:1: "203.0.113.7/24" has bits set after the first 24, expected 203.0.113.0/24',
      'o.csv:5:1: prefix 198.51.100.0/24 is written twice, first at o.csv:2:1',
      'o.csv:6:1: 3 columns, expected 4: prefix,country,carrier,reason',
    ])
  })

  it.each([
    [
      'other columns',
      'network,country\n',
      'o.csv:1:1: the first line is "network,country", expected "prefix,country,carrier,reason"',
    ],
    [
      'a stray quote',
      `${csvHeader}198.51.100.0/24,HK,,say "x"\n`,
      'o.csv:2:21: a quote inside a field: put the field in quotes and double the ones inside',
    ],
  ])('are refused with %s', async (_, content, problem) => {
    expect((await loadFiles({ ...withCsv, 'o.csv': content })).problems).toEqual([problem])
  })
})
