// What a probe reads out of playlists, and which texts it refuses. Knows no HTTP.
import { describe, expect, it } from 'vitest'
import { parsePlaylist } from '../../../src/health/probes/hls-playlist.ts'

const media = `#EXTM3U
#EXT-X-VERSION:3
#EXT-X-TARGETDURATION:4
#EXT-X-MEDIA-SEQUENCE:17
#EXTINF:4.000,
a17.ts
#EXTINF:3.96,a title
a18.ts
`

describe('a media playlist', () => {
  it('tells how far it is and what is newest', () => {
    expect(parsePlaylist(media)).toEqual({
      kind: 'media',
      targetSeconds: 4,
      first: 17,
      end: 19,
      segment: { uri: 'a18.ts', offsetBytes: 0, encrypted: false },
      newest: 'a18.ts 0',
      ended: false,
    })
  })

  it('may have lines that end in CR and LF, comments and tags nobody knows', () => {
    const text = media.replace('#EXT-X-VERSION:3', '#EXT-X-VERSION:3\n# a comment\n#EXT-X-FUTURE:A=1,B="c"\n\n')
    expect(parsePlaylist(text.replaceAll('\n', '\r\n'))).toEqual(parsePlaylist(media))
  })

  it('counts from 0 without a media sequence, and may be empty', () => {
    const empty = parsePlaylist('#EXTM3U\n#EXT-X-TARGETDURATION:2\n')
    expect(empty).toMatchObject({ first: 0, end: 0, segment: null })
  })

  it('is ended where it says so', () => {
    expect(parsePlaylist(`${media}#EXT-X-ENDLIST`)).toMatchObject({ ended: true })
  })

  it('moves on by a part of a segment', () => {
    const part = (name: string): string => `${media}#EXT-X-PART:DURATION=0.33,URI="${name}"\n`
    const one = parsePlaylist(part('a19.0.mp4'))
    const next = parsePlaylist(part('a19.1.mp4'))
    expect(one).toMatchObject({ end: 19, segment: { uri: 'a18.ts' } })
    expect(next).not.toMatchObject({ newest: (one as { newest: string }).newest })
  })

  it('has byte ranges, which go on where the last one ended', () => {
    const text = media
      .replace('a17.ts', '#EXT-X-BYTERANGE:1000@500\nall.ts')
      .replace('a18.ts', '#EXT-X-BYTERANGE:2000\nall.ts')
    expect(parsePlaylist(text)).toMatchObject({ segment: { uri: 'all.ts', offsetBytes: 1500 }, newest: 'all.ts 1500' })
  })

  it('has gaps, which nobody can fetch', () => {
    const text = media.replace('a18.ts', '#EXT-X-GAP\na18.ts')
    expect(parsePlaylist(text)).toMatchObject({ end: 19, segment: { uri: 'a17.ts' } })
  })

  it.each([
    ['METHOD=AES-128,URI="key"', true],
    ['METHOD=SAMPLE-AES,URI="key"', false],
    ['METHOD=NONE', false],
  ])('is encrypted from %s on: %s', (key, encrypted) => {
    const text = media.replace('#EXTINF:3.96', `#EXT-X-KEY:${key}\n#EXTINF:3.96`)
    expect(parsePlaylist(text)).toMatchObject({ segment: { encrypted } })
  })
})

describe('a master playlist', () => {
  it('names its first variant', () => {
    const text = `#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="en",URI="audio.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=1280000,AUDIO="a"
low/live.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=2560000,AUDIO="a"
high/live.m3u8
`
    expect(parsePlaylist(text)).toEqual({ kind: 'master', variant: 'low/live.m3u8' })
  })
})

describe('no playlist', () => {
  it.each([
    ['nothing', '', 'no playlist: its first line is not #EXTM3U'],
    ['a web page', '<!doctype html><title>404</title>', 'no playlist: its first line is not #EXTM3U'],
    ['a first line alone', '#EXTM3U\n', 'a playlist without #EXT-X-TARGETDURATION or variants'],
    ['a URI out of the blue', '#EXTM3U\na.ts\n', 'line 2 of the playlist: a URI that no tag announced'],
    [
      'a target duration of no time',
      media.replace('DURATION:4', 'DURATION:0'),
      'line 3 of the playlist: a target duration of 0 s, expected 1 to 3600',
    ],
    [
      'a media sequence that is no number',
      media.replace('SEQUENCE:17', 'SEQUENCE:-1'),
      'line 4 of the playlist: "-1" where a whole number should be',
    ],
    [
      'a media sequence nobody can count to',
      media.replace('SEQUENCE:17', 'SEQUENCE:99999999999999999999'),
      'line 4 of the playlist: "99999999999999999999" where a whole number should be',
    ],
    [
      'a segment without duration',
      media.replace('4.000', 'long'),
      'line 5 of the playlist: an #EXTINF without a duration',
    ],
    [
      'a URI without end',
      media.replace('a18', 'a'.repeat(5000)),
      'line 8 of the playlist: a URI beyond 4096 characters',
    ],
    [
      'both kinds in one',
      `${media}#EXT-X-STREAM-INF:BANDWIDTH=1\nb.m3u8\n`,
      'a playlist of both variants and segments',
    ],
  ])('is %s', (_what, text, message) => {
    expect(() => parsePlaylist(text)).toThrow(message)
  })
})
