// The queries of the flood bench, as bytes: plain questions for A with an OPT record. Knows no socket.
import { zone } from './servers.ts'

const typeA = 1
const typeOpt = 41
const udpSize = 1232
const dnssecOk = 0x80

/** A question for an A record; with `signed` the OPT record has DO. */
export function question(name: string, signed: boolean): Buffer {
  const labels = [...name.split('.'), ...zone.split('.')].map((label) =>
    Buffer.concat([Buffer.of(label.length), Buffer.from(label)]),
  )
  const tail = [0, 0, typeA, 0, 1, 0, 0, typeOpt, udpSize >> 8, udpSize & 255, 0, 0, signed ? dnssecOk : 0, 0, 0, 0]
  return Buffer.concat([Buffer.of(0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1), ...labels, Buffer.from(tail)])
}
