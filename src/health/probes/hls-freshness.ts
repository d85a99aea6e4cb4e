// Whether a live playlist moves: compares it with what was seen before. A pure function; knows no HTTP and no clock.
import type { PlaylistMemory } from '../memory.ts'
import type { MediaPlaylist } from './hls-playlist.ts'

/** A new segment is due within this many target durations (RFC 8216 section 6.2.1). */
const dueWithin = 1.5

/** A playlist and when it was asked for and came; monotonic milliseconds. */
export interface Sighting {
  readonly url: string
  readonly playlist: MediaPlaylist
  readonly askedMs: number
  readonly seenMs: number
}

export interface Judgement {
  /** To compare the next sighting with; null when there is nothing to expect. */
  readonly memory: PlaylistMemory | null
  readonly fault: { readonly reason: 'stale' | 'rewound'; readonly detail: string } | null
}

/**
 * What is not live (ended) is never stale. Older news of a try that overlapped another is no step back; after a real one the
 * stream is taken as begun anew.
 */
export function judgeFreshness(before: PlaylistMemory | null, sighting: Sighting): Judgement {
  const { url, playlist, askedMs, seenMs } = sighting
  const { first, end, newest, targetSeconds, ended } = playlist
  if (ended) return { memory: null, fault: null }
  const begun: PlaylistMemory = { url, first, end, newest, changedMs: seenMs, seenMs }
  if (before === null || before.url !== url) return { memory: begun, fault: null }
  if (first < before.first || end < before.end) {
    if (askedMs < before.seenMs) return { memory: before, fault: null }
    const detail = `went back from segments ${range(before)} to ${range(playlist)}`
    return { memory: begun, fault: { reason: 'rewound', detail } }
  }
  if (first > before.first || end > before.end || newest !== before.newest) return { memory: begun, fault: null }
  const stoodSeconds = (seenMs - before.changedMs) / 1000
  const dueSeconds = targetSeconds * dueWithin
  const memory = { ...before, seenMs: Math.max(seenMs, before.seenMs) }
  if (stoodSeconds <= dueSeconds) return { memory, fault: null }
  const detail = `stands at segment ${end - 1} for ${stoodSeconds.toFixed(1)} s, expected another within ${dueSeconds} s`
  return { memory, fault: { reason: 'stale', detail } }
}

function range({ first, end }: { readonly first: number; readonly end: number }): string {
  return `${first} to ${end - 1}`
}
