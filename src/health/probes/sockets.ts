// Opens connections to a node's own address for probes: TCP, TLS with its certificate judged. Resolves no name, sends nothing.
import type { X509Certificate } from 'node:crypto'
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls'
import type { CertificateChecks } from '../model.ts'
import type { Attempt } from './attempt.ts'
import { ProbeError } from './failure.ts'

const dayMs = 86_400_000

/** Made once, on first use: building one reads the whole trust store. */
let secureContext: SecureContext | undefined

/** Where to connect to, and whether the node may close the connection without failing the try. */
export interface Endpoint {
  readonly address: string
  readonly port: number
  readonly mayClose?: boolean
}

/** What TLS is to agree on. */
export interface TlsOptions extends CertificateChecks {
  /** A name or address, perhaps with a port: the server name, and what the certificate must be for. */
  readonly host: string
  /** Protocols to offer. */
  readonly alpn: readonly string[]
  /** Whether one of them must be agreed on. */
  readonly mustAgree: boolean
}

/** @returns once connected; what goes wrong ends the try */
export async function openTcp(attempt: Attempt, { address, port, mayClose }: Endpoint, next: string): Promise<Socket> {
  const socket = connect({ host: address, port })
  attempt.watch(socket, mayClose)
  await event(socket, 'connect')
  attempt.took('connect', next)
  return socket
}

/**
 * @returns once the handshake is over and the certificate is good
 * @throws ProbeError tls_expired, tls_expiring or tls_alpn
 */
export async function openTls(
  attempt: Attempt,
  { address, port, mayClose }: Endpoint,
  { host, verify, certificateDays, alpn, mustAgree }: TlsOptions,
  next: string,
): Promise<TLSSocket> {
  secureContext ??= createSecureContext()
  // Without a server name it is the address that the certificate must be for.
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  const servername = isIP(name) === 0 ? name : ''
  const socket = connectTls({
    host: address,
    port,
    servername,
    secureContext,
    rejectUnauthorized: verify,
    ...(alpn.length > 0 ? { ALPNProtocols: [...alpn] } : {}),
  })
  attempt.watch(socket, mayClose)
  socket.once('connect', () => attempt.took('connect', 'a TLS session'))
  await event(socket, 'secureConnect')
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) throw new ProbeError('protocol', 'no certificate')
  const validity = judgeDates(certificate, certificateDays, Date.now())
  const agreed = socket.alpnProtocol === false ? '' : (socket.alpnProtocol ?? '')
  if (mustAgree && !alpn.includes(agreed)) {
    throw new ProbeError(
      'tls_alpn',
      `agreed on ${agreed === '' ? 'no protocol' : agreed}, expected ${alpn.join(' or ')}`,
    )
  }
  attempt.took('tls', next, [socket.getProtocol() ?? '', agreed, validity].filter((part) => part !== '').join(', '))
  return socket
}

/**
 * How long the certificate is still valid, in words.
 * @throws ProbeError tls_expired, or tls_expiring when it is for fewer days than these
 */
export function judgeDates({ validFromDate, validToDate }: X509Certificate, days: number, nowMs: number): string {
  if (nowMs < validFromDate.getTime())
    throw new ProbeError('tls_expired', `certificate valid only from ${validFromDate.toISOString()}`)
  const leftMs = validToDate.getTime() - nowMs
  if (leftMs <= 0) throw new ProbeError('tls_expired', `certificate expired on ${validToDate.toISOString()}`)
  const left = `certificate valid for ${Math.floor(leftMs / dayMs)} more days`
  if (leftMs < days * dayMs) throw new ProbeError('tls_expiring', `${left}, expected at least ${days}`)
  return left
}

/** Resolves on the first event of that name. */
function event(emitter: NodeJS.EventEmitter, name: string): Promise<void> {
  return new Promise((resolve) => void emitter.once(name, () => resolve()))
}
