// The HLS probe: playlists parse, the stream moves on, and its newest segment begins like media. All of it from the node's own
// address: of URIs in playlists only path and query are used.
import type { HlsProbe } from '../model.ts'
import { monotonicMs, success, type Outcome } from '../observation.ts'
import { Attempt, type Trial } from './attempt.ts'
import { failed, ProbeError } from './failure.ts'
import { judgeFreshness } from './hls-freshness.ts'
import { parsePlaylist, type MediaPlaylist, type Segment } from './hls-playlist.ts'
import { openHttp, placeOf, type HttpSession } from './http-session.ts'
import { Reader } from './reader.ts'

const playlistBytes = 1024 * 1024
/** An MPEG-2 transport stream packet, and the first byte of the next: both sync bytes. */
const packetBytes = 188
const syncByte = 0x47
/** What a fragment, or what may come before it in its file, is called. */
const boxes = ['styp', 'moof', 'ftyp', 'sidx', 'prft', 'emsg']

/** Asks for one playlist (two through a master) and the first bytes of the newest segment. */
export function probeHls(trial: Trial, probe: HlsProbe): Promise<Outcome> {
  return Attempt.run(trial, probe.timeoutMs, async (attempt) => {
    const { url } = placeOf(probe, trial.target)
    const session = openHttp(attempt, trial.target, { ...probe, asksAgain: true }, 'the playlist')
    const { at, playlist, askedMs } = await findMedia(attempt, session, url)
    const sighting = { url: probe.url, playlist, askedMs, seenMs: monotonicMs() }
    const { memory, fault } = judgeFreshness(trial.memory.playlist, sighting)
    trial.memory.playlist = memory
    const live = playlist.ended ? {} : { stream: url.pathname, reached: playlist.end }
    if (fault !== null) {
      return attempt.settle({ ...failed(fault.reason, `${at.pathname} ${fault.detail}`), ...live })
    }
    if (playlist.segment !== null) await checkSegment(attempt, session, at, playlist.segment)
    else if (!playlist.ended) throw new ProbeError('body', `${at.pathname} has no segment`)
    attempt.settle({ ...success, ...live })
  })
}

interface Found {
  readonly at: URL
  readonly playlist: MediaPlaylist
  readonly askedMs: number
}

/** The media playlist: the one asked for, or the first variant of a master. */
async function findMedia(attempt: Attempt, session: HttpSession, url: URL): Promise<Found> {
  const askedMs = monotonicMs()
  const playlist = await fetchPlaylist(session, url)
  if (playlist.kind === 'media') {
    attempt.took('playlist', 'the newest segment', inWords(playlist))
    return { at: url, playlist, askedMs }
  }
  const at = resolve(playlist.variant, url)
  attempt.took('master playlist', 'the media playlist', `first variant ${at.pathname}`)
  const variantAskedMs = monotonicMs()
  const media = await fetchPlaylist(session, at)
  if (media.kind === 'master') throw new ProbeError('protocol', `${at.pathname} is a master playlist inside another`)
  attempt.took('media playlist', 'the newest segment', inWords(media))
  return { at, playlist: media, askedMs: variantAskedMs }
}

async function fetchPlaylist(session: HttpSession, { pathname, search }: URL) {
  const { status, body } = await session.get(pathname + search)
  if (status !== 200) throw new ProbeError('status', `${pathname} answered ${status}, expected 200`)
  return parsePlaylist((await new Reader(body, playlistBytes).rest()).toString('utf8'))
}

async function checkSegment(attempt: Attempt, session: HttpSession, base: URL, segment: Segment): Promise<void> {
  const { pathname, search } = resolve(segment.uri, base)
  const from = segment.offsetBytes
  const { status, body } = await session.get(pathname + search, { range: `bytes=${from}-${from + packetBytes}` })
  if (status !== 206 && (status !== 200 || from > 0))
    throw new ProbeError('status', `${pathname} answered ${status}, expected ${from > 0 ? '206' : '200 or 206'}`)
  const reader = new Reader(body, packetBytes + 1)
  const head = await reader.take(8)
  const kind = segment.encrypted ? 'encrypted' : await kindOf(head, reader)
  if (kind === null)
    throw new ProbeError('body', `${pathname} begins with ${head.toString('hex')}, expected a transport stream or fMP4`)
  attempt.took('segment', 'nothing more', `${pathname}, ${kind}`)
}

/** @param head the first 8 bytes */
async function kindOf(head: Buffer, reader: Reader): Promise<string | null> {
  if (head[0] === syncByte) {
    const next = await reader.take(packetBytes + 1 - head.length)
    return next.at(-1) === syncByte ? 'MPEG-2 TS' : null
  }
  if (boxes.includes(head.toString('latin1', 4))) return 'fMP4'
  // Packed audio begins with an ID3 tag (RFC 8216 section 3.4).
  return head.toString('latin1', 0, 3) === 'ID3' ? 'packed audio' : null
}

function resolve(uri: string, base: URL): URL {
  const url = URL.parse(uri, base.href)
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new ProbeError('protocol', `${JSON.stringify(uri.slice(0, 80))} in the playlist is no URI to fetch`)
  return url
}

function inWords({ first, end, targetSeconds, ended }: MediaPlaylist): string {
  const segments = end === first ? 'no segments' : `segments ${first} to ${end - 1}`
  return `${segments}, target ${targetSeconds} s${ended ? ', ended' : ''}`
}
