// The reply to bytes that are no HTTP request, in the shape of every other error. Must not know any route.
import type { Socket } from 'node:net'
import { problem } from './problem.ts'

const replies: Readonly<Record<string, readonly [status: string, message: string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'the headers are longer than 16 KiB'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'the request did not arrive in time'],
}

/** Answers on the bare socket and closes it. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const [status, message] = replies[error.code ?? ''] ?? ['400 Bad Request', 'this is not an HTTP request']
  const body = JSON.stringify(problem('NC_BAD_REQUEST', message))
  const headers = `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close`
  socket.end(`HTTP/1.1 ${status}\r\n${headers}\r\n\r\n${body}`, () => socket.destroy())
}
