// One GET over HTTP/3, by the QUIC of the optional package @matrixai/quic, where that is installed. Judges certificate and status.
import { randomBytes, X509Certificate } from 'node:crypto'
import { getCACertificates } from 'node:tls'
import type quicheNative from '@matrixai/quic/native/quiche.js'
import type { Config, Connection } from '@matrixai/quic/native/types.js'
import type { Http3Get } from '../model.ts'
import { success, type Outcome, type Reason } from '../observation.ts'
import { Attempt, type Trial } from './attempt.ts'
import { ProbeError } from './failure.ts'
import { controlStream, getRequest, StatusFinder } from './http3-frames.ts'
import { judgeDates } from './sockets.ts'
import { openUdp } from './udp.ts'

const packetBytes = 1350
/** What the node may send us, over all its streams. */
const limitBytes = 256 * 1024
const requestStream = 0
const ourControlStream = 2
/** H3_NO_ERROR (RFC 9114 section 8.1). */
const noError = 0x100

type Native = typeof quicheNative

/** Loaded once, when first asked for; null where it is not installed for this machine. */
let native: Promise<Native | null> | undefined
/** With chain validated and without; made once, since it reads the whole trust store. */
const configs = new Map<boolean, Config>()

/** What to ask for and where. */
export interface Http3Question extends Http3Get {
  readonly port: number
  readonly timeoutMs: number
}

export function getOverHttp3(trial: Trial, question: Http3Question): Promise<Outcome> {
  return Attempt.run(trial, question.timeoutMs, async (attempt) => {
    native ??= import('@matrixai/quic/native/quiche.js').then(
      (module) => module.default,
      () => null,
    )
    const quiche = await native
    if (quiche === null)
      throw new ProbeError('local', 'HTTP/3 takes the package @matrixai/quic, which is not installed')
    attempt.waitingFor = 'a QUIC handshake'
    const { target } = trial
    const { port, host, path, verify, timeoutMs } = question
    const socket = await openUdp(attempt, target, port)
    const local = { host: socket.address().address, port: socket.address().port }
    const remote = { host: target.address, port }
    const scid = randomBytes(16)
    const connection = quiche.Connection.connect(host, scid, local, remote, configFor(quiche, verify, timeoutMs))
    const talk = new Talk(attempt, connection, question, target.address, (packet) => socket.send(packet))
    socket.on('message', (packet) => talk.hear(packet, { from: remote, to: local }))
    attempt.own(talk)
    talk.begin(getRequest(host ?? (target.family === 6 ? `[${target.address}]` : target.address), path))
  })
}

/** The idle timeout is the first probe's: whatever it is, each try has a deadline of its own. */
function configFor(quiche: Native, verify: boolean, timeoutMs: number): Config {
  const known = configs.get(verify)
  if (known !== undefined) return known
  const trusted = Buffer.from(getCACertificates('default').join('\n'))
  const config = verify ? quiche.Config.withBoringSslCtx(true, false, trusted) : new quiche.Config()
  config.verifyPeer(verify)
  config.setApplicationProtos(['h3'])
  config.setMaxIdleTimeout(timeoutMs)
  config.setMaxRecvUdpPayloadSize(packetBytes)
  config.setInitialMaxData(limitBytes)
  config.setInitialMaxStreamDataBidiLocal(limitBytes)
  config.setInitialMaxStreamDataUni(headerStreamBytes)
  config.setInitialMaxStreamsUni(8)
  configs.set(verify, config)
  return config
}

const headerStreamBytes = 16 * 1024

/** The conversation over one connection. */
class Talk {
  readonly #attempt: Attempt
  readonly #connection: Connection
  readonly #question: Http3Question
  readonly #address: string
  readonly #send: (packet: Uint8Array) => void
  readonly #finder = new StatusFinder()
  readonly #packet = new Uint8Array(packetBytes)
  /** What the node has not taken of it yet; null when it has taken all. */
  #request: Buffer | null = null
  #shaken = false
  #leftBytes = limitBytes
  #timer: NodeJS.Timeout | undefined

  constructor(
    attempt: Attempt,
    connection: Connection,
    question: Http3Question,
    address: string,
    send: (packet: Uint8Array) => void,
  ) {
    this.#attempt = attempt
    this.#connection = connection
    this.#question = question
    this.#address = address
    this.#send = send
  }

  /** @param request sent once the handshake is over */
  begin(request: Buffer): void {
    this.#request = request
    this.#flush()
  }

  hear(packet: Buffer, path: Parameters<Connection['recv']>[1]): void {
    try {
      this.#take(packet, path)
      this.#flush()
    } catch (error) {
      this.#attempt.thrown(error)
    }
  }

  /** Says goodbye, as far as that goes. */
  destroy(): void {
    clearTimeout(this.#timer)
    try {
      this.#connection.close(true, noError, new Uint8Array())
      this.#flush()
    } catch {
      // It was closed already.
    }
    clearTimeout(this.#timer)
  }

  #take(packet: Buffer, path: Parameters<Connection['recv']>[1]): void {
    const connection = this.#connection
    try {
      connection.recv(packet, path)
    } catch (error) {
      throw this.#why(error instanceof Error ? error : new Error('of no known kind', { cause: error }))
    }
    if (connection.isEstablished()) this.#ask()
    for (const stream of connection.readable()) this.#read(stream)
    if (connection.isClosed() || connection.isDraining()) throw this.#why(null)
  }

  /** Says what is still to be said, as far as the node lets us now. */
  #ask(): void {
    if (!this.#shaken) {
      this.#shaken = true
      this.#attempt.took('handshake', 'an answer', this.#judgeCertificate())
      this.#say(ourControlStream, controlStream, false)
    }
    if (this.#request === null) return
    const said = this.#say(requestStream, this.#request, true)
    this.#request = said < this.#request.length ? this.#request.subarray(said) : null
  }

  #say(stream: number, bytes: Uint8Array, ends: boolean): number {
    try {
      return this.#connection.streamSend(stream, bytes, ends) ?? 0
    } catch (error) {
      throw new ProbeError('protocol', `takes no request: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  #read(stream: number): void {
    const chunk = new Uint8Array(headerStreamBytes)
    for (;;) {
      const read = this.#receive(stream, chunk)
      if (read === null) return
      this.#leftBytes -= read[0]
      if (this.#leftBytes < 0) throw new ProbeError('protocol', `goes on beyond ${limitBytes / 1024} KiB`)
      const status = stream === requestStream ? this.#finder.push(chunk.subarray(0, read[0])) : null
      if (status !== null) return this.#judge(status)
      if (read[1] && stream === requestStream) throw new ProbeError('reset', 'the answer ends before its status')
      if (read[1]) return
    }
  }

  /** What has come on a stream and whether it ends there; null when that is all for now. */
  #receive(stream: number, chunk: Uint8Array): [number, boolean] | null {
    try {
      return this.#connection.streamRecv(stream, chunk)
    } catch {
      // The node has reset it. On a stream of its own that is its affair.
      if (stream === requestStream) throw new ProbeError('reset', 'the answer was broken off')
      return null
    }
  }

  #judge(status: number): void {
    const expected = this.#question.status
    if (!expected.includes(status))
      throw new ProbeError('status', `answered ${status}, expected ${expected.join(' or ')}`)
    this.#attempt.took('headers', 'nothing more', `status ${status}`)
    this.#attempt.settle(success)
  }

  /** How long the certificate is still valid, in words. */
  #judgeCertificate(): string {
    const { host, verify, certificateDays } = this.#question
    const [leaf] = this.#connection.peerCertChain() ?? []
    if (leaf === undefined) throw new ProbeError('protocol', 'no certificate')
    const certificate = new X509Certificate(leaf)
    const words = judgeDates(certificate, certificateDays, Date.now())
    const name = host === null ? certificate.checkIP(this.#address) : certificate.checkHost(host)
    if (verify && name === undefined)
      throw new ProbeError('tls_name', `certificate is not for ${host ?? this.#address}`)
    return words
  }

  /** Why the connection ended, of which the certificate is the likeliest cause when the handshake was under way. */
  #why(error: Error | null): ProbeError {
    const cause = this.#connection.localError() ?? this.#connection.peerError()
    const code = cause === null || cause.isApp ? 0 : cause.errorCode
    const alert = code < 0x100 || code > 0x1ff ? null : code - 0x100
    const reason = (alert !== null && alertReasons[alert]) || 'protocol'
    if (reason === 'tls_chain') {
      try {
        this.#judgeCertificate()
      } catch (fault) {
        if (fault instanceof ProbeError && fault.reason !== 'protocol') return fault
      }
    }
    if (alert !== null) return new ProbeError(reason, `TLS alert ${alert} in the QUIC handshake`)
    if (error === null) return new ProbeError('reset', `closed instead of ${this.#attempt.waitingFor}`)
    return new ProbeError('protocol', `no QUIC: ${error.message}`)
  }

  #flush(): void {
    for (;;) {
      const sent = this.#connection.send(this.#packet)
      if (sent === null) break
      this.#send(Buffer.from(this.#packet.subarray(0, sent[0])))
    }
    clearTimeout(this.#timer)
    const waitMs = this.#connection.timeout()
    if (waitMs !== null) this.#timer = setTimeout(() => this.#expire(), Math.max(1, waitMs))
  }

  #expire(): void {
    try {
      this.#connection.onTimeout()
      this.#flush()
    } catch (error) {
      this.#attempt.thrown(error)
    }
  }
}

/** TLS alerts (RFC 8446 section 6) that say something about a certificate or ALPN; QUIC adds 0x100 to them. */
const alertReasons: Readonly<Record<number, Reason>> = {
  42: 'tls_chain',
  43: 'tls_chain',
  44: 'tls_chain',
  45: 'tls_expired',
  46: 'tls_chain',
  48: 'tls_chain',
  120: 'tls_alpn',
}
