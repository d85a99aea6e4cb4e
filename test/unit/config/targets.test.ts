// Services that answer with names: what their nodes need, and where they may not stand; aliases that go round in a circle.
import { describe, expect, it } from 'vitest'
import { changed, good, loadFiles, main } from './load-files.ts'

const status = "- 'status CNAME status.example.org.'"

const withTargets = changed('play: { pool: edges }', 'play: { pool: edges, target: true }')
  .replace('hkg-1: { site: hkg,', 'hkg-1: { site: hkg, target: One.cdn.example.org,')
  .replace('hkg-2: { site: hkg,', 'hkg-2: { site: hkg, target: two.cdn.example.org.,')

async function sayings(text: string): Promise<string[]> {
  const { problems, warnings } = await loadFiles({ [main]: text })
  return [...problems, ...warnings].map((line) => line.replaceAll(`${main}:`, ''))
}

describe('a service with target', () => {
  it('answers with one name of each node', async () => {
    const { loaded, problems, warnings } = await loadFiles({ [main]: withTargets })
    expect([problems, warnings]).toEqual([[], []])
    expect(loaded.config?.services[0]).toMatchObject({ target: true, answers: 1 })
    expect(loaded.config?.nodes.map(({ target }) => target)).toEqual(['one.cdn.example.org.', 'two.cdn.example.org.'])
  })

  it.each([
    [
      'a node without one',
      withTargets.replace('target: two.cdn.example.org., ', ''),
      '20:32: target: nodes of pool edges without a target, expected one of each: hkg-2',
    ],
    [
      'https beside it',
      withTargets.replace('target: true }', 'target: true, https: {} }'),
      '20:38: https beside target: a CNAME stands alone, its target has the HTTPS records',
    ],
    [
      'more than one answer',
      withTargets.replace('target: true }', 'target: true, answers: 2 }'),
      '20:47: answers: 2 beside target, expected 1: a name has one CNAME, remove it',
    ],
    [
      'the apex of a zone',
      withTargets.replace('"*.play": play }', '"@": play }'),
      '20:24: live.example.net. is the apex of a zone, where a CNAME stands beside SOA and NS: steer it by addresses',
    ],
    [
      'a target that is answered by it again',
      withTargets.replace('One.cdn.example.org', 'x.play.live.example.net'),
      '11:31: target: CNAMEs go round in a circle: x.play.live.example.net. → service play → x.play.live.example.net.',
    ],
    [
      'a target two labels below a name that is answered by it',
      withTargets.replace('One.cdn.example.org', 'a.b.play.live.example.net'),
      '11:31: target: CNAMEs go round in a circle: a.b.play.live.example.net. → service play → a.b.play.live.example.net.',
    ],
    [
      'an alias behind a target that leads back',
      withTargets.replace('One.cdn.example.org', 'back.live.example.net').replace(status, `- 'back CNAME x.play'`),
      '27:9: CNAMEs go round in a circle: back.live.example.net. → x.play.live.example.net. → service play → back.live.example.net.',
    ],
    [
      'a target of our zones that nothing answers',
      withTargets.replace('One.cdn.example.org', 'nothere.live.example.net'),
      '11:31: target: nothere.live.example.net. lies in zone live.example.net, where nothing answers it, expected a name with records there',
    ],
    [
      'a target that is there only as other names lie below it',
      withTargets.replace('One.cdn.example.org', 'cdn.live.example.net').replace(status, `- 'a.cdn A 192.0.2.9'`),
      '11:31: target: cdn.live.example.net. lies in zone live.example.net, where nothing answers it, expected a name with records there',
    ],
    [
      'a target below a name that keeps the wildcard away',
      withTargets
        .replace('One.cdn.example.org', 'x.cdn.live.example.net')
        .replace(status, `- 'cdn A 192.0.2.9'\n      - '* A 192.0.2.9'`),
      '11:31: target: x.cdn.live.example.net. lies in zone live.example.net, where nothing answers it, expected a name with records there',
    ],
    [
      'an address for a target',
      withTargets.replace('One.cdn.example.org', '192.0.2.1'),
      '11:31: target: "192.0.2.1" is an IP address, expected a domain name: the one that has this address',
    ],
    [
      'an IPv6 address for a target',
      withTargets.replace('One.cdn.example.org', '"2001:db8::1"'),
      '11:31: target: "2001:db8::1" is an IP address, expected a domain name: the one that has this address',
    ],
    [
      'a target that is no name',
      withTargets.replace('One.cdn.example.org', 'a..b'),
      '11:31: target: "a..b" is no domain name, expected one such as live.example.net',
    ],
  ])('is refused with %s', async (_, text, problem) => {
    expect(await sayings(text)).toEqual([problem])
  })

  it.each([
    ['a record beside a wildcard that it steers', 'in-zone', `- 'in-zone A 192.0.2.9'`],
    ['a record below an empty name beside a wildcard that it steers', 'a.cdn', `- 'a.cdn A 192.0.2.9'`],
    ['a name steered by addresses', 'x.far', `- 'www A 192.0.2.9'`],
    ['a wildcard', 'x.y.web', `- '*.web A 192.0.2.9'`],
    ['an alias out of the zones', 'out', `- 'out CNAME play.example.org.'`],
    ['a name below a delegation', 'x.sub', `- 'sub NS ns.example.org.'`],
  ])('may lead to %s', async (_, target, record) => {
    const text = withTargets
      .replace('One.cdn.example.org', `${target}.live.example.net`)
      .replace('"*.play": play }', '"*": play, "*.far": near }')
      .replace('services:', 'services:\n  near: { pool: edges }')
      .replace(status, record)
    expect(await sayings(text)).toEqual([])
  })

  it('is judged by the nodes of its pool alone', async () => {
    const text = withTargets
      .replace('edges: { role: edge }', 'edges: { nodes: [hkg-2] }')
      .replace('One.cdn.example.org', 'x.play.live.example.net')
    expect(await sayings(text)).toEqual([])
  })
})

it('a mail exchanger is no name that a service with target answers', async () => {
  expect(await sayings(withTargets.replace(status, `- 'mail MX 10 play'`))).toEqual([
    '27:9: mail.live.example.net. MX names play.live.example.net., a CNAME, expected a name with addresses (RFC 2181 section 10.3)',
  ])
})

describe('aliases', () => {
  const other = (record: string): string => `zones:
  plain.example.org:
    soa: { mname: ns1.example.org, rname: host.example.net }
    ns: { ns1.example.com: [], ns2.example.com: [] }
    records: ['${record}']
`

  it.each([
    [
      'that lead from zone to zone and back',
      good
        .replace('zones:\n', other('xz CNAME xz.live.example.net.'))
        .replace(status, `- 'xz CNAME xz.plain.example.org.'`),
      '31:9: CNAMEs go round in a circle: xz.plain.example.org. → xz.live.example.net. → xz.plain.example.org.',
    ],
    [
      'that catch their own target',
      good.replace(status, `- '*.lp CNAME a.lp'`),
      '27:9: CNAMEs go round in a circle: a.lp.live.example.net. → a.lp.live.example.net.',
    ],
  ])('%s are refused', async (_, text, problem) => {
    expect(await sayings(text)).toEqual([problem])
  })

  it('beside a wildcard that they would be caught by are none of its own', async () => {
    expect(await sayings(good.replace(status, `- '*.lp CNAME a.lp'\n      - 'a.lp A 192.0.2.9'`))).toEqual([])
  })

  it('by the thousand in a row are followed to their end', async () => {
    const row = Array.from({ length: 20_000 }, (_, i) => `- 'n${i} CNAME n${(i + 1) % 20_000}'`).join('\n      ')
    const [problem, ...others] = await sayings(good.replace(status, row))
    expect(others).toEqual([])
    expect(problem).toMatch(
      /^20026:9: CNAMEs go round in a circle: n0\..* → n6\.live\.example\.net\. → 19993 more → n0\./,
    )
  })
})
