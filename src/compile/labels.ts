// What debug names call zones, cells, nodes and services: texts as bytes, for the query path to copy. Knows no queries.
import type { Config } from '../config/config.ts'
import { describeCell, type Directory } from './directory.ts'

/** Octets of a cell's text, and of a node's or a service's: as much as their names in a zone could have. */
const mostOfCell = 100
const mostOfKey = 63

interface LabelColumns {
  readonly zoneDebug: Uint8Array
  readonly cellLabelStart: Uint32Array
  readonly cellLabels: Uint8Array
  readonly nodeLabelStart: Uint32Array
  readonly nodeLabels: Uint8Array
  readonly serviceLabelStart: Uint32Array
  readonly serviceLabels: Uint8Array
}

/** By cell, node and service; empty where no zone has debug names. */
export function compileLabels(config: Config, directory: Directory): LabelColumns {
  const wanted = config.zones.some(({ debug }) => debug)
  const cells = layOut(
    wanted ? directory.cells.map((_, cell) => describeCell(config, directory, cell)) : [],
    mostOfCell,
  )
  const nodes = layOut(wanted ? config.nodes.map(({ name }) => name) : [], mostOfKey)
  const services = layOut(wanted ? config.services.map(({ key }) => key) : [], mostOfKey)
  return {
    zoneDebug: Uint8Array.from(config.zones, ({ debug }) => Number(debug)),
    cellLabelStart: cells.start,
    cellLabels: cells.bytes,
    nodeLabelStart: nodes.start,
    nodeLabels: nodes.bytes,
    serviceLabelStart: services.start,
    serviceLabels: services.bytes,
  }
}

function layOut(texts: readonly string[], most: number): { start: Uint32Array; bytes: Uint8Array } {
  const encoder = new TextEncoder()
  const start = new Uint32Array(texts.length + 1)
  const parts = texts.map((text, index) => {
    const room = new Uint8Array(most)
    // Whole characters only.
    const part = room.subarray(0, encoder.encodeInto(text, room).written)
    start[index + 1] = start[index] + part.length
    return part
  })
  return { start, bytes: Uint8Array.from(Buffer.concat(parts)) }
}
