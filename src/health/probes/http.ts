// The HTTP and HTTPS probes: one GET to the node's own address, judged by certificate, status and body text.
// Resolves no name, follows no redirect, keeps nothing open, and believes nothing it reads.
import { request, type IncomingMessage } from 'node:http'
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls'
import type { HttpProbe } from '../model.ts'
import { success, type ProbeTarget, type Outcome } from '../observation.ts'
import { Attempt } from './attempt.ts'
import { failedBy } from './failure.ts'

const bodyBytes = 64 * 1024
const headerBytes = 16 * 1024
/** Interim (1xx) replies are legal and free to send: without a limit they would never end. */
const interimReplies = 8
const dayMs = 86_400_000

/** Made once, on first use: building one reads the whole trust store. */
let secureContext: SecureContext | undefined

/** Asks once. The URL's host is where `{address}` goes or a mere name: the connection is always to the node's address. */
export function probeHttp({ address, family }: ProbeTarget, probe: HttpProbe): Promise<Outcome> {
  const url = new URL(probe.url.replaceAll('{address}', family === 6 ? `[${address}]` : address))
  const host = probe.host ?? url.host
  if (probe.type === 'http') {
    const socket = connect({ host: address, port: Number(url.port || 80) })
    return Attempt.over(socket, probe.timeoutMs, (attempt) => ask(attempt, socket, url, host, probe))
  }
  const socket = openTls(address, Number(url.port || 443), host, probe.verify)
  return Attempt.over(socket, probe.timeoutMs, (attempt) => {
    socket.once('connect', () => (attempt.waitingFor = 'a TLS session'))
    socket.once('secureConnect', () => {
      const fault = certificateFault(socket, probe.certificateDays, Date.now())
      if (fault === null) ask(attempt, socket, url, host, probe)
      else attempt.fail(...fault)
    })
  })
}

function openTls(address: string, port: number, host: string, verify: boolean): TLSSocket {
  secureContext ??= createSecureContext()
  // Without a server name it is the address that the certificate must be for.
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  const servername = isIP(name) === 0 ? name : ''
  return connectTls({
    host: address,
    port,
    servername,
    secureContext,
    rejectUnauthorized: verify,
    ALPNProtocols: ['http/1.1'],
  })
}

/** What is wrong with the dates of the node's certificate, or null. */
function certificateFault(socket: TLSSocket, days: number, nowMs: number): Parameters<Attempt['fail']> | null {
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) return ['protocol', 'no certificate']
  const { validFromDate, validToDate } = certificate
  if (nowMs < validFromDate.getTime())
    return ['tls_expired', `certificate valid only from ${validFromDate.toISOString()}`]
  const leftMs = validToDate.getTime() - nowMs
  if (leftMs <= 0) return ['tls_expired', `certificate expired on ${validToDate.toISOString()}`]
  if (leftMs >= days * dayMs) return null
  return ['tls_expiring', `certificate valid for ${Math.floor(leftMs / dayMs)} more days, expected at least ${days}`]
}

function ask(attempt: Attempt, socket: Socket, url: URL, host: string, probe: HttpProbe): void {
  if (probe.type === 'http') socket.once('connect', () => (attempt.waitingFor = 'response headers'))
  else attempt.waitingFor = 'response headers'
  const asked = request({
    createConnection: () => socket,
    path: url.pathname + url.search,
    headers: {
      host,
      'user-agent': 'nearcast-probe',
      accept: '*/*',
      'accept-encoding': 'identity',
      connection: 'close',
    },
    maxHeaderSize: headerBytes,
  })
  let interim = 0
  asked.on('error', (error) => attempt.settle(failedBy(error)))
  asked.on('information', () => {
    interim += 1
    if (interim > interimReplies) attempt.fail('protocol', `more than ${interimReplies} interim replies`)
  })
  asked.on('upgrade', () => attempt.fail('protocol', 'switched to another protocol unasked'))
  asked.on('response', (response) => judge(attempt, response, probe))
  asked.end()
}

function judge(attempt: Attempt, response: IncomingMessage, { status, bodyContains }: HttpProbe): void {
  const code = response.statusCode ?? 0
  if (!status.includes(code)) attempt.fail('status', `answered ${code}, expected ${status.join(' or ')}`)
  else if (bodyContains === null) attempt.settle(success)
  else {
    attempt.waitingFor = 'the end of the body'
    response.on('error', (error) => attempt.settle(failedBy(error)))
    seek(attempt, response, Buffer.from(bodyContains))
  }
}

/** Looks for the text as the body arrives, across the edges of its chunks. */
function seek(attempt: Attempt, response: IncomingMessage, text: Buffer): void {
  let left = bodyBytes
  let tail = Buffer.alloc(0)
  response.on('data', (chunk: Buffer) => {
    const window = Buffer.concat([tail, chunk.subarray(0, left)])
    left -= Math.min(left, chunk.length)
    if (window.includes(text)) attempt.settle(success)
    else if (left === 0) attempt.fail('body', `expected text is not in the first ${bodyBytes / 1024} KiB`)
    tail = window.subarray(Math.max(0, window.length - text.length + 1))
  })
  response.on('end', () => attempt.fail('body', `expected text is not in the body of ${bodyBytes - left} bytes`))
}
