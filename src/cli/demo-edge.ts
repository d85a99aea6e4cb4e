// One stand-in edge of the demo, a process of its own: says over HTTP which edge it is. Knows nothing of DNS and of the others.
//
// Started with its name, address and port; says `up`, or the code of the error that kept it from listening, to its parent.
import { createServer } from 'node:http'

const [name, address, port] = process.argv.slice(2)

const server = createServer((request, response) => {
  response.setHeader('content-type', 'text/plain; charset=utf-8')
  response.end(request.url === '/health' ? 'ok\n' : `${name} at ${address}\n`)
})
server.on('error', (error: NodeJS.ErrnoException) => process.send?.(error.code ?? error.message))
server.listen(Number(port), address, () => process.send?.('up'))

// Ctrl-C reaches the whole terminal; when the demo ends, whatever way, the channel to it closes and this ends too.
process.on('SIGINT', () => undefined)
process.on('disconnect', () => {
  server.close()
  server.closeAllConnections()
})
