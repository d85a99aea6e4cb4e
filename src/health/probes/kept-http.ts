// One HTTP/1.1 connection to a node that outlives a try: opening one for each would be most of what a probe costs.
// A shortcut to "all is well" and nothing more: whatever is not plainly so is asked again, by the whole parser over a fresh
// connection, which judges. So this reads one form of reply: a status, a content-length, the body at once.
//
//   idle ──ask──▶ asking ──reply is plain──▶ idle, at most `usesPerConnection` times; then anew, because accepting is health too
//                   └──anything else, the deadline, a close──▶ closed
import { connect, type Socket } from 'node:net'
import type { Attempt } from './attempt.ts'

const headBytes = 16 * 1024
const bodyBytes = 64 * 1024
const usesPerConnection = 5
const beginning = 'HTTP/1.1 '

/** What is asked, and which reply is plainly good. */
export interface Plain {
  readonly address: string
  readonly port: number
  /** The whole request. */
  readonly request: string
  readonly status: readonly number[]
  /** Text the body must contain, or null. */
  readonly text: string | null
}

/** Good; not plainly good; or a reply of a form that this can never read. */
type Verdict = 'good' | 'unsure' | 'foreign'

export class KeptHttp {
  #socket: Socket | null = null
  #where = ''
  #uses = 0
  #received: Buffer[] = []
  #asked: Plain | null = null
  #answer: (verdict: Verdict) => void = () => {}
  /** Replies of this node are not for us. */
  #foreign = false

  /** Whether a try may use it: it is not in use, and has not been found to be no use. */
  get isFree(): boolean {
    return this.#asked === null && !this.#foreign
  }

  /** @returns whether all is plainly well; pending for ever when the try ends before that */
  async ask(attempt: Attempt, plain: Plain): Promise<boolean> {
    const where = `${plain.address} ${plain.port}`
    if (this.#where !== where || this.#uses >= usesPerConnection) this.destroy()
    const verdict = await new Promise<Verdict>((resolve) => {
      this.#asked = plain
      this.#answer = resolve
      // The try that ends in the middle takes the connection with it; one that ends well leaves it.
      attempt.own({ destroy: () => this.#asked === plain && this.destroy() })
      this.#where = where
      this.#uses += 1
      if (this.#socket === null) this.#open(attempt, plain)
      else {
        attempt.waitingFor = 'response headers'
        this.#socket.write(plain.request)
      }
    })
    this.#foreign = verdict === 'foreign'
    if (verdict === 'good') attempt.took('headers', 'nothing more', 'as before')
    return verdict === 'good'
  }

  /** Hangs up; the next try opens a connection anew. */
  destroy(): void {
    const socket = this.#socket
    this.#socket = null
    this.#uses = 0
    this.#asked = null
    socket?.destroy()
  }

  #open(attempt: Attempt, { address, port, request }: Plain): void {
    const socket = connect({ host: address, port, noDelay: true })
    this.#socket = socket
    socket.once('connect', () => {
      attempt.took('connect', 'response headers')
      socket.write(request)
    })
    socket.on('data', (chunk: Buffer) => this.#hear(socket, chunk))
    socket.on('error', () => this.#lose(socket))
    socket.on('close', () => this.#lose(socket))
  }

  #lose(socket: Socket): void {
    if (this.#socket === socket) this.#end('unsure')
  }

  #hear(socket: Socket, chunk: Buffer): void {
    if (this.#socket !== socket) return
    if (this.#asked === null) return this.destroy()
    this.#received.push(chunk)
    const received = this.#received.length === 1 ? chunk : Buffer.concat(this.#received)
    const read = readPlain(received, this.#asked)
    if (read !== null) this.#end(read.verdict, read.mayStay)
  }

  #end(verdict: Verdict, mayStay = false): void {
    this.#received = []
    const answer = this.#answer
    this.#answer = () => {}
    if (mayStay) this.#asked = null
    else this.destroy()
    answer(verdict)
  }
}

/** What a reply comes to, and whether the connection may stay open; null while it is too short to say. */
function readPlain(received: Buffer, { status, text }: Plain): { verdict: Verdict; mayStay: boolean } | null {
  const headEnd = received.indexOf('\r\n\r\n')
  if (headEnd === -1) {
    const begins = received.toString('latin1', 0, beginning.length)
    const mayBecomeOne = beginning.startsWith(begins) && received.length <= headBytes
    return mayBecomeOne ? null : { verdict: 'unsure', mayStay: false }
  }
  const head = received.toString('latin1', 0, headEnd)
  const code = /^HTTP\/1\.1 (\d{3})(?: |\r|$)/.exec(head)?.[1]
  const lengths = [...head.matchAll(/\r\ncontent-length: *(\d{1,5})(?=\r|$)/gi)]
  if (code === undefined || !status.includes(Number(code))) return { verdict: 'unsure', mayStay: false }
  const length = lengths.length === 1 ? Number(lengths[0][1]) : Infinity
  if (length > bodyBytes || /\r\ntransfer-encoding:/i.test(head)) return { verdict: 'foreign', mayStay: false }
  const body = received.subarray(headEnd + 4)
  if (body.length > length) return { verdict: 'unsure', mayStay: false }
  const whole = body.length === length
  const mayStay = whole && !/\r\nconnection: *close/i.test(head)
  if (text === null || body.includes(text)) return { verdict: 'good', mayStay }
  return whole ? { verdict: 'unsure', mayStay: false } : null
}
