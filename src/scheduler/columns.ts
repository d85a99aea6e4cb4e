// The scheduler's columns in a snapshot: services, ranks, groups and nodes as flat arrays. Knows no DNS.
import type { Columns, Schema } from '../memory/sections.ts'

/** The most nodes one answer names. */
export const maximumAnswers = 8

/** Order is the format. "By service", "by node" … say what a column is indexed with. */
export const rankSchema = {
  /** By service: the most nodes in an answer. */
  serviceAnswers: 'u8',
  /** By service: nodes a stream's name selects; 0 without locality. */
  serviceCopies: 'u8',
  serviceSpreadMs: 'f32',
  serviceFamilyGapMs: 'f32',
  serviceSteadySeconds: 'u32',
  serviceChangingSeconds: 'u32',
  /** By service × cells + cell: a rank. */
  rankOf: 'u32',
  /** By rank, and one more: where its entries begin. */
  rankStart: 'u32',
  /** By entry: a group, its score in ms, and what its members' costs are multiplied with (1 ÷ the rules' weight). */
  entryGroup: 'u16',
  entryScoreMs: 'f32',
  entryScale: 'f32',
  /** By group: GroupState bits. Written after publishing, by the control plane alone. */
  groupState: 'i32',
  /** By group, and one more: where its members begin. */
  groupStart: 'u32',
  groupMembers: 'u16',
  /** By group: entries in each of its rows, 0 when it is small enough to be searched whole, and where the rows begin. */
  groupWidth: 'u8',
  groupRows: 'u32',
  rowNodes: 'u16',
  rowCosts: 'f32',
  /** By service: added to rank × 2, and 1 for IPv6, it is a place in `windowOf`. A pool's ranks are numbered in a row. */
  serviceWindows: 'i32',
  /** A window, or noWindow; for each service, two for each rank of its pool. */
  windowOf: 'u16',
  /** By window: WindowState bits. Written after publishing, like groupState. */
  windowState: 'i32',
  /** By window, three each: its family, the group that leads it and the one that caps it, or -1. */
  windowBounds: 'i32',
  /** By window, and one more: where its groups begin. */
  windowStart: 'u32',
  windowGroups: 'u16',
  /** By window and bucket: so many nodes, cheapest first, and noNode after the last. */
  windowWidth: 'u8',
  windowRows: 'u16',
  /** By node. */
  nodeHash: 'i32',
  nodeWeight: 'f32',
  nodeSlot: 'u32',
  /** By node: bit 0 has an IPv4 address, bit 1 an IPv6 address. */
  nodeFamilies: 'u8',
} as const satisfies Schema

export type RankColumns = Columns<typeof rankSchema>

/** Bits of a group's state, for the first look; the words of its members decide. Firm: some member serves every block. */
export const GroupState = { upV4: 1, upV6: 2, movingV4: 4, movingV6: 8, firmV4: 16, firmV6: 32 } as const

/** No window is compiled: the rank is walked. */
export const noWindow = 0xffff

/** Bits of a window's state: what bounds it is available to every block, so it is as compiled; a node of it is in motion. */
export const WindowState = { holds: 1, moving: 2 } as const
