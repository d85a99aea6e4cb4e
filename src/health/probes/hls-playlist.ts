// Reads HLS playlists (RFC 8216): what a probe needs of them and no more. Text in, facts out; knows no HTTP and no time.
import { ProbeError } from './failure.ts'

const longestUri = 4096
const longestTargetSeconds = 3600

/** A segment as far as its first bytes can be asked for. */
export interface Segment {
  readonly uri: string
  /** Where in the resource it begins. */
  readonly offsetBytes: number
  /** Its bytes are encrypted as a whole, so that they tell nothing. */
  readonly encrypted: boolean
}

export interface MasterPlaylist {
  readonly kind: 'master'
  /** URI of the first variant listed. */
  readonly variant: string
}

export interface MediaPlaylist {
  readonly kind: 'media'
  readonly targetSeconds: number
  /** Media sequence numbers of the first segment, and of the one after the last. */
  readonly first: number
  readonly end: number
  /** The newest segment that is there to be fetched, or null. */
  readonly segment: Segment | null
  /** Distinguishes the newest segment or part of one from the one before it. */
  readonly newest: string
  /** Nothing will follow. */
  readonly ended: boolean
}

interface Reading {
  targetSeconds: number | null
  first: number
  count: number
  segment: Segment | null
  newest: string
  ended: boolean
  variant: string | null
  /** Of the segment whose URI is still to come. */
  expects: 'segment' | 'variant' | null
  offsetBytes: number
  /** Where the last byte range ended: the next without an offset begins there. */
  rangeEnd: number
  gap: boolean
  encrypted: boolean
}

/** @throws ProbeError protocol, with the line */
export function parsePlaylist(text: string): MasterPlaylist | MediaPlaylist {
  const lines = text.split(/\r?\n/)
  if (lines[0].trimEnd() !== '#EXTM3U') throw new ProbeError('protocol', 'no playlist: its first line is not #EXTM3U')
  const reading: Reading = {
    targetSeconds: null,
    first: 0,
    count: 0,
    segment: null,
    newest: '',
    ended: false,
    variant: null,
    expects: null,
    offsetBytes: 0,
    rangeEnd: 0,
    gap: false,
    encrypted: false,
  }
  lines.forEach((line, index) => {
    try {
      if (line.startsWith('#EXT')) readTag(reading, line.trimEnd())
      else if (line.trim() !== '' && !line.startsWith('#')) readUri(reading, line.trim())
    } catch (error) {
      if (error instanceof Fault)
        throw new ProbeError('protocol', `line ${index + 1} of the playlist: ${error.message}`)
      throw error
    }
  })
  return finish(reading)
}

/** What is wrong with a line. */
class Fault extends Error {}

function readTag(reading: Reading, line: string): void {
  const colon = line.indexOf(':')
  const [tag, value] = colon === -1 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1)]
  switch (tag) {
    case '#EXT-X-TARGETDURATION':
      reading.targetSeconds = whole(value)
      if (reading.targetSeconds < 1 || reading.targetSeconds > longestTargetSeconds)
        throw new Fault(`a target duration of ${value} s, expected 1 to ${longestTargetSeconds}`)
      break
    case '#EXT-X-MEDIA-SEQUENCE':
      reading.first = whole(value)
      break
    case '#EXTINF':
      if (!/^\d+(\.\d*)?(,|$)/.test(value)) throw new Fault('an #EXTINF without a duration')
      reading.expects = 'segment'
      break
    case '#EXT-X-BYTERANGE':
      readRange(reading, value)
      break
    case '#EXT-X-GAP':
      reading.gap = true
      break
    case '#EXT-X-KEY':
      // SAMPLE-AES leaves the container readable, the others encrypt whole segments.
      reading.encrypted = !/(^|,)METHOD=(NONE|SAMPLE-AES)/.test(value)
      break
    case '#EXT-X-PART':
      reading.newest = line.slice(0, longestUri)
      break
    case '#EXT-X-ENDLIST':
      reading.ended = true
      break
    case '#EXT-X-STREAM-INF':
      reading.expects = 'variant'
      break
    default:
  }
}

function readUri(reading: Reading, uri: string): void {
  if (uri.length > longestUri) throw new Fault(`a URI beyond ${longestUri} characters`)
  if (reading.expects === null) throw new Fault('a URI that no tag announced')
  if (reading.expects === 'variant') reading.variant ??= uri
  else {
    const { offsetBytes, encrypted } = reading
    reading.count += 1
    reading.newest = `${uri} ${offsetBytes}`
    if (!reading.gap) reading.segment = { uri, offsetBytes, encrypted }
  }
  reading.expects = null
  reading.offsetBytes = 0
  reading.gap = false
}

function readRange(reading: Reading, value: string): void {
  const [length, offset = ''] = value.split('@')
  reading.offsetBytes = offset === '' ? reading.rangeEnd : whole(offset)
  reading.rangeEnd = reading.offsetBytes + whole(length)
}

function whole(text: string): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN
  if (Number.isNaN(value)) throw new Fault(`${JSON.stringify(text.slice(0, 20))} where a whole number should be`)
  return value
}

function finish(reading: Reading): MasterPlaylist | MediaPlaylist {
  const { targetSeconds, first, count, segment, newest, ended, variant } = reading
  if (variant !== null) {
    if (count > 0 || targetSeconds !== null)
      throw new ProbeError('protocol', 'a playlist of both variants and segments')
    return { kind: 'master', variant }
  }
  if (targetSeconds === null) throw new ProbeError('protocol', 'a playlist without #EXT-X-TARGETDURATION or variants')
  return { kind: 'media', targetSeconds, first, end: first + count, segment, newest, ended }
}
