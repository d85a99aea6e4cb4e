// A process of its own that answers what the prober's bench asks: every request gets a 200, over connections kept as long as asked.
// Knows no probe. Arguments: port, then addresses.
import { createServer } from 'node:net'

const [port, ...addresses] = process.argv.slice(2)
const reply = Buffer.from('HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nok')

let listening = 0
for (const address of addresses) {
  const server = createServer((socket) => {
    socket.on('data', () => void socket.write(reply))
    socket.on('end', () => void socket.end())
    socket.on('error', () => socket.destroy())
  })
  server.listen({ host: address, port: Number(port), backlog: 4096 }, () => {
    listening += 1
    if (listening === addresses.length) process.send?.('listening')
  })
}
process.on('disconnect', () => process.exit())
