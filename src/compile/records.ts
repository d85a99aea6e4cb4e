// The bytes that answers are made of: each node's A and AAAA record, each service's HTTPS parameters. Knows no queries.
import { NearcastError } from '../errors.ts'
import { parseAddress } from '../ip/address.ts'
import type { Node } from '../fleet/model.ts'
import type { Service } from '../scheduler/model.ts'
import { aaaaRecordLength, aRecordLength, nodeRecordsLength } from '../server/tables.ts'
import { Type } from '../wire/constants.ts'
import { encodeName } from '../wire/name.ts'
import { encodeRdata } from '../wire/rdata.ts'
import { RecordWriter } from '../zone/record-writer.ts'

const noAddress = { v4: new Uint8Array(4), v6: new Uint8Array(16) }

/** By node: the records, families and room for a slot. */
export function compileNodes(nodes: readonly Node[]): {
  nodeRecords: Uint8Array
  nodeFamilies: Uint8Array
  nodeSlot: Uint32Array
} {
  const nodeRecords = new Uint8Array(nodes.length * nodeRecordsLength)
  for (const [index, { v4, v6 }] of nodes.entries()) {
    const records = new RecordWriter()
    records.add(null, Type.A, 0, v4 === null ? noAddress.v4 : bytesOf(v4, aRecordLength - 12))
    records.add(null, Type.AAAA, 0, v6 === null ? noAddress.v6 : bytesOf(v6, aaaaRecordLength - 12))
    nodeRecords.set(records.bytes(), index * nodeRecordsLength)
  }
  const nodeFamilies = Uint8Array.from(nodes, ({ v4, v6 }) => (v4 === null ? 0 : 1) | (v6 === null ? 0 : 2))
  return { nodeRecords, nodeFamilies, nodeSlot: new Uint32Array(nodes.length) }
}

/** By node: the name that stands for it, and by service whether it answers with those. */
export function compileTargets(
  nodes: readonly Node[],
  services: readonly Service[],
): { serviceTarget: Uint8Array; targetStart: Uint32Array; targetBytes: Uint8Array } {
  const names = nodes.map(({ target }) =>
    target === null ? new Uint8Array() : (encodeName(target) ?? new Uint8Array()),
  )
  const targetStart = new Uint32Array(nodes.length + 1)
  for (const [index, name] of names.entries()) targetStart[index + 1] = targetStart[index] + name.length
  return {
    serviceTarget: Uint8Array.from(services, ({ target }) => Number(target)),
    targetStart,
    targetBytes: Uint8Array.from(Buffer.concat(names)),
  }
}

/** By service × 2, without and with h3: HTTPS rdata up to the address hints. */
export function compileHttps(services: readonly Service[]): {
  httpsStart: Uint32Array
  httpsLength: Uint16Array
  httpsBytes: Uint8Array
} {
  const httpsStart = new Uint32Array(services.length * 2)
  const httpsLength = new Uint16Array(services.length * 2)
  const parts: Uint8Array[] = []
  let size = 0
  for (const [index, { https }] of services.entries()) {
    if (https === null) continue
    for (const [variant, alpn] of [https.alpn.filter((id) => id !== 'h3'), https.alpn].entries()) {
      const rdata = parameters(alpn, https.port)
      httpsStart[index * 2 + variant] = size
      httpsLength[index * 2 + variant] = rdata.length
      parts.push(rdata)
      size += rdata.length
    }
  }
  return { httpsStart, httpsLength, httpsBytes: Uint8Array.from(parts.flatMap((part) => [...part])) }
}

function parameters(alpn: readonly string[], port: number): Uint8Array {
  const text = ['1', '.']
  if (alpn.length > 0) text.push(`alpn=${alpn.join(',')}`)
  if (port !== 443) text.push(`port=${port}`)
  const encoded = encodeRdata(Type.HTTPS, text.join(' '))
  if ('error' in encoded) throw new NearcastError('NC_CONFIG', `https: ${encoded.error}`)
  return encoded.rdata
}

function bytesOf(address: string, length: number): Uint8Array {
  const bytes = parseAddress(address)
  if (bytes?.length !== length) throw new NearcastError('NC_CONFIG', `${address} is not an address of ${length} bytes`)
  return bytes
}
