// One stand-in edge of the demo, a process of its own: says over HTTP which edge it is. Knows nothing of DNS and of the others.
//
// Started with its name, its port and its addresses; says `up`, or why it cannot listen, to its parent.
import { once } from 'node:events'
import { createServer } from 'node:http'

const [name, port, ...addresses] = process.argv.slice(2)

const servers = addresses.map((address) =>
  createServer((request, response) => {
    response.setHeader('content-type', 'text/plain; charset=utf-8')
    response.end(request.url === '/health' ? 'ok\n' : `${name} at ${address}\n`)
  }).listen(Number(port), address),
)

// Ctrl-C reaches the whole terminal; when the demo ends, whatever way, the channel to it closes and this ends too.
process.on('SIGINT', () => undefined)
process.on('disconnect', close)

try {
  await Promise.all(servers.map((server) => once(server, 'listening')))
  process.send?.('up')
} catch (error) {
  process.send?.(error instanceof Error ? error.message : String(error))
  close()
}

function close(): void {
  for (const server of servers) {
    server.close()
    server.closeAllConnections()
  }
}
