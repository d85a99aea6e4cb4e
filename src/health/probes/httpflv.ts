// The HTTP-FLV probe: an FLV header, then the first video keyframe, within the timeout. Decodes no picture.
import type { HttpFlvProbe } from '../model.ts'
import { success, type Outcome } from '../observation.ts'
import { Attempt, type Trial } from './attempt.ts'
import { ProbeError } from './failure.ts'
import { openHttp, placeOf } from './http-session.ts'
import { Reader } from './reader.ts'

/** Two seconds of 16 Mbit/s: where a keyframe must have come. */
const limitBytes = 4 * 1024 * 1024
const headerBytes = 9
const tagHeaderBytes = 11
const lengthBytes = 4
const videoTag = 9
const tagTypes = [8, videoTag, 18]

/** Reads the stream until its first keyframe. */
export function probeHttpFlv(trial: Trial, probe: HttpFlvProbe): Promise<Outcome> {
  return Attempt.run(trial, probe.timeoutMs, async (attempt) => {
    const { url } = placeOf(probe, trial.target)
    const { status, body } = await openHttp(attempt, trial.target, probe, 'response headers').get(
      url.pathname + url.search,
    )
    if (status !== 200) throw new ProbeError('status', `answered ${status}, expected 200`)
    attempt.took('headers', 'an FLV header', `status ${status}`)
    const reader = new Reader(body, limitBytes)
    await readHeader(reader)
    attempt.took('FLV header', 'a video keyframe')
    const atMs = await findKeyframe(reader)
    attempt.took('keyframe', 'nothing more', `timestamp ${atMs} ms`)
    attempt.settle(success)
  })
}

async function readHeader(reader: Reader): Promise<void> {
  const header = await reader.take(headerBytes)
  const offset = header.readUInt32BE(5)
  if (header.toString('latin1', 0, 3) !== 'FLV' || header[3] !== 1 || offset < headerBytes)
    throw new ProbeError('protocol', `begins with ${header.toString('hex')}, expected an FLV header`)
  await reader.skip(offset - headerBytes + lengthBytes)
}

/** @returns its timestamp in milliseconds */
async function findKeyframe(reader: Reader): Promise<number> {
  for (;;) {
    const tag = await reader.take(tagHeaderBytes)
    const [type, size] = [tag[0] & 0x1f, tag.readUIntBE(1, 3)]
    if (!tagTypes.includes(type) || tag.readUIntBE(8, 3) !== 0)
      throw new ProbeError('protocol', `a tag that begins with ${tag.toString('hex')}, expected audio, video or script`)
    const head = type === videoTag ? await reader.take(Math.min(size, 2)) : Buffer.alloc(0)
    if (isKeyframe(head)) return tag.readUIntBE(4, 3) + tag[7] * 2 ** 24
    await reader.skip(size - head.length + lengthBytes)
  }
}

/**
 * Whether a video tag that begins so holds a keyframe with a picture, not the decoder's configuration.
 * Classic: frame type in the high nibble, codec in the low one, for AVC (7) and HEVC (12) then a packet type, 1 is a picture.
 * Enhanced RTMP: a set high bit, three bits of frame type, four of packet type, 1 and 3 are pictures.
 */
function isKeyframe(head: Buffer): boolean {
  if (head.length < 2) return false
  const keyframe = ((head[0] >> 4) & 7) === 1
  const low = head[0] & 0x0f
  if (head[0] >= 0x80) return keyframe && (low === 1 || low === 3)
  return keyframe && (low === 7 || low === 12 ? head[1] === 1 : true)
}
