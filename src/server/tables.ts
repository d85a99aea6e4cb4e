// The two buffers a snapshot is: blocks of address space, and tables of names, ranks and records. Knows their layout only.
import { attach, type Columns, type Schema } from '../memory/sections.ts'
import { forEveryBlock, isPartlyAvailable, Verdict, type AvailabilityWords } from '../fleet/availability.ts'
import { GroupState, rankSchema, WindowState } from '../scheduler/columns.ts'
import { nameSchema } from '../zone/name-table.ts'

/** Raised whenever a schema below changes; a buffer of another version is not attached. */
export const blocksVersion = 2
export const tablesVersion = 9

/** Where numbers lie in the blocks' `meta`. */
export const BlocksMeta = { coarsest4: 0, coarsest6: 1, size: 2 } as const

export const blockSchema = {
  meta: 'u32',
  /** See ip/block-index. */
  trie4: 'i32',
  trie6: 'i32',
} as const satisfies Schema

/** Where numbers lie in the tables' `meta`; `debug` is 1 when a zone has debug names. */
export const TablesMeta = { epoch: 0, cells: 1, debug: 2, size: 3 } as const

/** Bytes of a node's pre-encoded A and AAAA records, one after the other. */
export const aRecordLength = 16
export const aaaaRecordLength = 28
export const nodeRecordsLength = aRecordLength + aaaaRecordLength

export const tablesSchema = {
  meta: 'u32',
  ...nameSchema,
  ...rankSchema,
  /** By cell: the region its answers are counted under. */
  cellRegion: 'u8',
  /** By node: an A and an AAAA record whose owner is the question's name and whose TTL is 0. */
  nodeRecords: 'u8',
  /** By service × 2, without and with h3: the fixed beginning of its HTTPS rdata, up to the hints; length 0 for none. */
  httpsStart: 'u32',
  httpsLength: 'u16',
  httpsBytes: 'u8',
  /** By service: 1 when it answers with the name of a node, 0 with addresses. */
  serviceTarget: 'u8',
  /** By node, and one more: where its name begins. */
  targetStart: 'u32',
  targetBytes: 'u8',
  /** By zone: 1 when its steered names have debug names. */
  zoneDebug: 'u8',
  /** What those say, in UTF-8: by cell, node and service, and one more each, where its text begins; empty without debug names. */
  cellLabelStart: 'u32',
  cellLabels: 'u8',
  nodeLabelStart: 'u32',
  nodeLabels: 'u8',
  serviceLabelStart: 'u32',
  serviceLabels: 'u8',
} as const satisfies Schema

export type Blocks = Columns<typeof blockSchema, SharedArrayBuffer>
export type Tables = Columns<typeof tablesSchema, SharedArrayBuffer>

/** What whoever signs steered answers needs to know of a zone: where its keys lie, not what they are. */
export interface ZoneKeys {
  /** In wire form. */
  readonly apex: Uint8Array
  /** As the tables have it. */
  readonly keySet: number
  /** Files of the private keys that sign RRsets. */
  readonly files: readonly string[]
  readonly validitySeconds: number
  /** Signatures that have less than this left are made anew. */
  readonly refreshSeconds: number
}

/** What threads are told when a snapshot is published. */
export interface Published {
  readonly epoch: number
  /** What should have followed it was refused, so answers say that they are of yesterday. */
  readonly stale?: boolean
  readonly blocks: SharedArrayBuffer
  readonly tables: SharedArrayBuffer
  /** How zones are signed, in the order of the tables; null for those that are not. Left away: none is. */
  readonly signing?: readonly (ZoneKeys | null)[]
}

/** The blocks in a buffer; throws when it holds none of this version. */
export function attachBlocks(buffer: SharedArrayBuffer): Blocks {
  const blocks = attach(blockSchema, blocksVersion, buffer)
  if (blocks === null) throw new Error('the buffer holds no blocks of this version')
  return blocks
}

/** The tables in a buffer; throws when it holds none of this version. */
export function attachTables(buffer: SharedArrayBuffer): Tables {
  const tables = attach(tablesSchema, tablesVersion, buffer)
  if (tables === null) throw new Error('the buffer holds no tables of this version')
  return tables
}

/**
 * Gives the nodes of unpublished tables their availability slots.
 * @param slots by node, in the order of the directory's nodes
 */
export function bindSlots(tables: Tables, slots: readonly number[]): void {
  tables.nodeSlot.set(slots)
}

/** Brings the groups' states in line with their members' words. The control plane calls it after each change of a word. */
export function refreshGroups(tables: Tables, words: AvailabilityWords): void {
  const { groupStart, groupMembers, groupState, nodeSlot, nodeFamilies } = tables
  for (let group = 0; group < groupState.length; group++) {
    let state = 0
    for (let i = groupStart[group]; i < groupStart[group + 1]; i++) {
      const node = groupMembers[i]
      const slot = nodeSlot[node]
      const families = nodeFamilies[node]
      if ((families & 1) !== 0 && isPartlyAvailable(words, slot, 4)) state |= GroupState.upV4
      if ((families & 2) !== 0 && isPartlyAvailable(words, slot, 6)) state |= GroupState.upV6
      if ((families & 1) !== 0 && forEveryBlock(words, slot, 4) === 1) state |= GroupState.firmV4
      if ((families & 2) !== 0 && forEveryBlock(words, slot, 6) === 1) state |= GroupState.firmV6
      if ((words[slot * 2] & Verdict.movingV4) !== 0) state |= GroupState.movingV4
      if ((words[slot * 2] & Verdict.movingV6) !== 0) state |= GroupState.movingV6
    }
    groupState[group] = state
  }
  refreshWindows(tables)
}

/** A window is as compiled while the groups that bound it are available to every block. */
function refreshWindows({ groupState, windowState, windowBounds, windowStart, windowGroups }: Tables): void {
  for (let window = 0; window < windowState.length; window++) {
    const family = windowBounds[window * 3]
    const leader = windowBounds[window * 3 + 1]
    const cap = windowBounds[window * 3 + 2]
    const firm = family === 4 ? GroupState.firmV4 : GroupState.firmV6
    const moving = family === 4 ? GroupState.movingV4 : GroupState.movingV6
    const leads = leader < 0 || (groupState[leader] & firm) !== 0
    const caps = cap < 0 || (groupState[cap] & GroupState.firmV4) !== 0
    let state = leads && caps ? WindowState.holds : 0
    for (let i = windowStart[window]; i < windowStart[window + 1]; i++) {
      if ((groupState[windowGroups[i]] & moving) !== 0) state |= WindowState.moving
    }
    windowState[window] = state
  }
}
