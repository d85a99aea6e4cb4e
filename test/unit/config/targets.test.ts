// Services that answer with names: what their nodes need, and where they may not stand.
import { describe, expect, it } from 'vitest'
import { changed, loadFiles, main } from './load-files.ts'

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
      'the apex of a zone',
      withTargets.replace('"*.play": play }', '"@": play }'),
      '20:24: live.example.net. is the apex of a zone, where a CNAME stands beside SOA and NS: steer it by addresses',
    ],
    [
      'a target that is answered by it again',
      withTargets.replace('One.cdn.example.org', 'x.play.live.example.net'),
      '11:31: target: x.play.live.example.net. is answered by service play, with names again: they go round in a circle',
    ],
    [
      'a target that is no name',
      withTargets.replace('One.cdn.example.org', 'a..b'),
      '11:31: target: "a..b" is no domain name, expected one such as live.example.net',
    ],
  ])('is refused with %s', async (_, text, problem) => {
    expect(await sayings(text)).toEqual([problem])
  })
})
