// The HTTP and HTTPS probes: one GET to the node's own address, judged by certificate, status and body text.
// Resolves no name, follows no redirect, and believes nothing it reads.
import type { Readable } from 'node:stream'
import type { HttpProbe } from '../model.ts'
import { success, type Outcome } from '../observation.ts'
import { Attempt, type Trial } from './attempt.ts'
import { openHttp, ourHeaders, placeOf, type HttpPlace } from './http-session.ts'
import { KeptHttp } from './kept-http.ts'

const bodyBytes = 64 * 1024
/** Between rarer tries a connection would only stand idle. */
const keepUpToMs = 10_000

/** Asks once; over a connection that the last try left open, where there is one and the reply is plainly good. */
export function probeHttp(trial: Trial, probe: HttpProbe): Promise<Outcome> {
  const { status, bodyContains } = probe
  return Attempt.run(trial, probe.timeoutMs, async (attempt) => {
    const place = placeOf(probe, trial.target)
    const { url } = place
    if (await isPlainlyWell(attempt, trial, probe, place)) return attempt.settle(success)
    const reply = await openHttp(attempt, trial.target, probe, 'response headers').get(url.pathname + url.search)
    if (!status.includes(reply.status))
      return attempt.fail('status', `answered ${reply.status}, expected ${status.join(' or ')}`)
    attempt.took('headers', 'the end of the body', `status ${reply.status}`)
    if (bodyContains === null) attempt.settle(success)
    else seek(attempt, reply.body, Buffer.from(bodyContains))
  })
}

/** Of TLS nothing is kept: that a handshake succeeds, with a certificate that is good today, is what is asked. */
async function isPlainlyWell(
  attempt: Attempt,
  { target, memory }: Trial,
  { type, http2, intervalMs, status, bodyContains }: HttpProbe,
  { url, host }: HttpPlace,
): Promise<boolean> {
  if (!memory.keeps || type !== 'http' || http2 || intervalMs > keepUpToMs) return false
  memory.kept ??= new KeptHttp()
  if (!(memory.kept instanceof KeptHttp) || !memory.kept.isFree) return false
  const headers = Object.entries({ host, ...ourHeaders }).map(([name, value]) => `${name}: ${value}\r\n`)
  return memory.kept.ask(attempt, {
    address: target.address,
    port: Number(url.port || 80),
    request: `GET ${url.pathname}${url.search} HTTP/1.1\r\n${headers.join('')}\r\n`,
    status,
    text: bodyContains,
  })
}

/** Looks for the text as the body arrives, across the edges of its chunks. */
function seek(attempt: Attempt, body: Readable, text: Buffer): void {
  let left = bodyBytes
  let tail = Buffer.alloc(0)
  body.on('data', (chunk: Buffer) => {
    const window = Buffer.concat([tail, chunk.subarray(0, left)])
    left -= Math.min(left, chunk.length)
    if (window.includes(text)) {
      attempt.took('body', 'nothing more', 'the text is there')
      attempt.settle(success)
    } else if (left === 0) attempt.fail('body', `expected text is not in the first ${bodyBytes / 1024} KiB`)
    tail = window.subarray(Math.max(0, window.length - text.length + 1))
  })
  body.on('end', () => attempt.fail('body', `expected text is not in the body of ${bodyBytes - left} bytes`))
}
