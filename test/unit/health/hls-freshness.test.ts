// When a playlist is live, stale or gone back, by its own clock. Pure: sightings in, judgements out.
import { describe, expect, it } from 'vitest'
import type { PlaylistMemory } from '../../../src/health/memory.ts'
import { judgeFreshness } from '../../../src/health/probes/hls-freshness.ts'
import type { MediaPlaylist } from '../../../src/health/probes/hls-playlist.ts'

const url = 'http://{address}/live.m3u8'

function playlist(first: number, end: number, changes: Partial<MediaPlaylist> = {}): MediaPlaylist {
  const newest = `${end - 1}.ts 0`
  return { kind: 'media', targetSeconds: 2, first, end, segment: null, newest, ended: false, ...changes }
}

/** What each sighting is judged, the memory handed on from one to the next. */
function judge(sightings: readonly (readonly [atMs: number, seen: MediaPlaylist, askedMs?: number])[]) {
  let memory: PlaylistMemory | null = null
  return sightings.map(([seenMs, seen, askedMs = seenMs - 10]) => {
    const judgement = judgeFreshness(memory, { url, playlist: seen, askedMs, seenMs })
    memory = judgement.memory
    return judgement.fault?.reason ?? 'ok'
  })
}

describe('a live playlist', () => {
  it('is well at first sight, however old it may be', () => {
    expect(judge([[1_000, playlist(7, 10)]])).toEqual(['ok'])
  })

  it('is well as long as a segment comes within one and a half target durations', () => {
    expect(
      judge([
        [0, playlist(7, 10)],
        [3_000, playlist(7, 10)],
        [3_001, playlist(8, 11)],
        [6_001, playlist(8, 11)],
      ]),
    ).toEqual(['ok', 'ok', 'ok', 'ok'])
  })

  it('is stale after that, until it moves on', () => {
    expect(
      judge([
        [0, playlist(7, 10)],
        [3_001, playlist(7, 10)],
        [60_000, playlist(7, 10)],
        [60_100, playlist(7, 11)],
      ]),
    ).toEqual(['ok', 'stale', 'stale', 'ok'])
  })

  it('moves on by a part of its newest segment', () => {
    expect(
      judge([
        [0, playlist(7, 10)],
        [4_000, playlist(7, 10, { newest: 'part 1' })],
      ]),
    ).toEqual(['ok', 'ok'])
  })

  it('never goes back, and is begun anew when it did', () => {
    expect(
      judge([
        [0, playlist(7, 10)],
        [500, playlist(0, 1)],
        [1_000, playlist(0, 2)],
      ]),
    ).toEqual(['ok', 'rewound', 'ok'])
    expect(
      judge([
        [0, playlist(7, 10)],
        [500, playlist(7, 9)],
      ]),
    ).toEqual(['ok', 'rewound'])
  })

  it('did not go back in the answer to a try that overlapped another', () => {
    expect(
      judge([
        [0, playlist(7, 10)],
        [500, playlist(8, 11)],
        [510, playlist(7, 10), 400],
        [520, playlist(8, 11)],
      ]),
    ).toEqual(['ok', 'ok', 'ok', 'ok'])
  })

  it('is another one under another URL', () => {
    const before = judgeFreshness(null, { url: 'another', playlist: playlist(90, 95), askedMs: 0, seenMs: 0 }).memory
    expect(judgeFreshness(before, { url, playlist: playlist(0, 3), askedMs: 5, seenMs: 6 }).fault).toBeNull()
  })

  it('says how long it stands, and where', () => {
    const { memory } = judgeFreshness(null, { url, playlist: playlist(7, 10), askedMs: 0, seenMs: 0 })
    const { fault } = judgeFreshness(memory, { url, playlist: playlist(7, 10), askedMs: 4_990, seenMs: 5_000 })
    expect(fault?.detail).toBe('stands at segment 9 for 5.0 s, expected another within 3 s')
  })
})

describe('an ended playlist', () => {
  it('is never stale, and what begins after it is new', () => {
    const ended = playlist(7, 10, { ended: true })
    expect(
      judge([
        [0, ended],
        [3_600_000, ended],
        [3_600_500, playlist(0, 1)],
      ]),
    ).toEqual(['ok', 'ok', 'ok'])
  })
})
