// All that answering reads and writes on one thread, behind one reference. Swapped whole; knows no sockets.
import type { AvailabilityWords } from '../fleet/availability.ts'
import { Picked } from '../scheduler/picked.ts'
import type { Counters } from '../telemetry/counters.ts'
import { Query } from '../wire/query.ts'
import { NameMatch } from '../zone/name-table.ts'
import { Client } from './client.ts'
import { Clock } from './clock.ts'
import { Cookies } from './cookies.ts'
import { udpRoomBytes } from './door.ts'
import { Located } from './locate.ts'
import type { Protection } from './protection.ts'
import { RateLimiter } from './rate-limit.ts'
import { SetHash } from './set-hash.ts'
import { attachSignatures, recordWords, type SignatureTable } from './signature-table.ts'
import { attachBlocks, attachTables, TablesMeta, type Blocks, type Published, type Tables } from './tables.ts'

/** What a thread is given once, for the life of the process. */
export interface SharedState {
  readonly words: AvailabilityWords
  /** The thread's own row. */
  readonly counters: Counters
  /** NSID, id.server and hostname.bind. */
  readonly identity: string
  /** version.bind and version.server; nothing refuses to say. */
  readonly version?: string | null
  /** Signatures of steered RRsets; without them queries that want some are not answered. */
  readonly signatures?: SharedArrayBuffer
  readonly protection: Protection
}

/** Signs RRsets while they are being answered. */
export interface OnlineSigner {
  /**
   * Signs the records that lie in `bytes` from `start` to `end` and stores what comes of it under `state.setHash`.
   * @returns false when that cannot be done
   */
  sign(state: State, bytes: Uint8Array, start: number, end: number, type: number, ttlSeconds: number): boolean
}

/** The reply being written: offsets and counts, reset for each query. */
export class Reply {
  /** Where the next byte goes, and where the room ends (the OPT record's bytes are already taken off). */
  at = 0
  limit = 0
  answers = 0
  authorities = 0
  additionals = 0
  truncated = false
  tcp = false
  /** Where the name that is being answered lies in the packet: the question's, or the target of a CNAME. */
  owner = 0
  /** Scope prefix-length to send back. */
  scope = 0
  /** A service answered: limited by block, not by name. */
  steered = false
  /** The entry that stands for the question, whatever aliases led to: what answers to it are counted by; -1 for none. */
  asked = -1
  /** The query is in `kept`. */
  kept = false
  /** Extended error (RFC 8914), or -1. */
  ede = -1
}

/** A chain of aliases has eight links and so at most nine names, with at most two proofs each. */
export const mostProofs = 18
/** Of a sort key: each octet of a name may take two. */
const longestKey = 512

/** The proofs of denial that the reply needs; see denial.ts. */
export class Denial {
  count = 0
  /** By proof: the link of the chain, and its NSEC RRset or the variant of it. */
  readonly links: Int32Array = new Int32Array(mostProofs)
  readonly sets: Int32Array = new Int32Array(mostProofs)
  /** By proof: octets of the owner before the zone's apex, and where that lies in the packet. */
  readonly ownLengths: Uint8Array = new Uint8Array(mostProofs)
  readonly apexes: Uint16Array = new Uint16Array(mostProofs)
  /** The sort key of the name that is looked for. */
  readonly key: Uint8Array = new Uint8Array(longestKey)
  keyLength = 0
}

export class State {
  readonly words: AvailabilityWords
  readonly counters: Counters
  readonly identity: Uint8Array
  readonly version: Uint8Array | null
  readonly query: Query = new Query()
  readonly match: NameMatch = new NameMatch()
  readonly located: Located = new Located()
  readonly picked: Picked = new Picked()
  readonly pickedV6: Picked = new Picked()
  readonly reply: Reply = new Reply()
  readonly denial: Denial = new Denial()
  readonly signatures: SignatureTable | null
  /** Makes the signatures that are missing; null on the threads of the doors, which hand such queries on. */
  signer: OnlineSigner | null = null
  /** The RRset whose signatures were looked up last, and what was found. */
  readonly setHash: SetHash = new SetHash()
  readonly signed: Int32Array = new Int32Array(recordWords)
  /** The rest of the query after its question, while an answer that may yet be given up is written over it. A longer query is not handed on. */
  readonly kept: Uint8Array = new Uint8Array(udpRoomBytes)
  /** Set by the doors before each batch. */
  readonly clock: Clock = new Clock()
  readonly cookies: Cookies
  readonly limiter: RateLimiter
  /** Who asked, and whether the rate of answers to them is limited: over UDP, without a valid cookie. */
  client: Client = new Client()
  limited = false
  blocks: Blocks
  tables: Tables
  epoch: number
  cells: number
  /** Some zone has debug names. */
  debug: boolean
  /** What should have followed this snapshot was refused. */
  stale: boolean

  constructor(shared: SharedState, published: Published) {
    this.words = shared.words
    this.counters = shared.counters
    this.identity = new TextEncoder().encode(shared.identity)
    this.version = shared.version ? new TextEncoder().encode(shared.version) : null
    this.signatures = shared.signatures === undefined ? null : attachSignatures(shared.signatures)
    this.cookies = new Cookies(shared.protection.secrets)
    this.limiter = new RateLimiter(shared.protection.limits)
    this.blocks = attachBlocks(published.blocks)
    this.tables = attachTables(published.tables)
    this.epoch = published.epoch
    this.cells = this.tables.meta[TablesMeta.cells]
    this.debug = this.tables.meta[TablesMeta.debug] !== 0
    this.stale = published.stale ?? false
  }

  /** Takes a newer snapshot; the next packet reads it. */
  swap(published: Published): void {
    this.blocks = attachBlocks(published.blocks)
    this.tables = attachTables(published.tables)
    this.epoch = published.epoch
    this.cells = this.tables.meta[TablesMeta.cells]
    this.debug = this.tables.meta[TablesMeta.debug] !== 0
    this.stale = published.stale ?? false
  }
}
