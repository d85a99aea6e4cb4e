// Which falls are not believed, or not allowed: the judgements of the guards, each a pure function of what was heard. Keeps nothing.
//
// In order: the operator's override (it is above all verdicts: whoever it decides about is counted nowhere here) · a fault of
// our own · a fault of the origin · the removal budget. What follows them is not for health to do: answers spill along the rank,
// and fail open when a rank is exhausted.

/** What a node or a reference was last heard to do. Monotonic milliseconds. */
export interface Heard {
  readonly ok: boolean
  /** Start of the try. */
  readonly startedMs: number
  /** Start of the first of the failures in a row that this one ends; null when it passed. */
  readonly failingSinceMs: number | null
}

/** What is known after one more try; an old one that comes late changes nothing. */
export function hear(before: Heard | null, ok: boolean, startedMs: number): Heard {
  if (before !== null && startedMs < before.startedMs) return before
  return { ok, startedMs, failingSinceMs: ok ? null : (before?.failingSinceMs ?? startedMs) }
}

/**
 * Whether the fault is ours: every reference fails, and of the nodes tried since they do and the trouble began, most fail too.
 * @param references null: not heard yet
 * @param nodes those that are handed out
 * @param troubleMs when the node that is about to fall began to fail
 */
export function suspectsItself(
  references: readonly (Heard | null)[],
  nodes: Iterable<Heard>,
  troubleMs: number,
): boolean {
  let sinceMs = troubleMs
  for (const reference of references) {
    if (reference === null || reference.failingSinceMs === null) return false
    sinceMs = Math.max(sinceMs, reference.failingSinceMs)
  }
  if (references.length === 0) return false
  let tried = 0
  let failing = 0
  for (const { ok, startedMs } of nodes) {
    if (startedMs < sinceMs) continue
    tried += 1
    if (!ok) failing += 1
  }
  return failing * 2 > tried
}

/**
 * Whether a playlist stands still everywhere: nobody else has come further than the node that stopped.
 * @param others how far other nodes that serve the stream were last seen; empty: nobody can tell, so it is the node's fault
 */
export function isOriginsFault(reached: number, others: Iterable<number>): boolean {
  let witnesses = 0
  for (const other of others) {
    if (other > reached) return false
    witnesses += 1
  }
  return witnesses > 0
}

/** One node of a region, over one family. */
export interface Member {
  readonly site: string
  readonly weight: number
  /** Handed out; taken out by probes within the budget's time; or out for another reason, or longer. */
  readonly standing: 'in' | 'removed' | 'out'
}

/**
 * Whether one more node may be taken out of its region: when what probes took out stays within the share, or when its site is
 * the one whole site that may always go. Another site that is gone whole has used that up, and what else is missing elsewhere
 * must be within the share. At worst the share goes first and a whole site then; why not less is decision 0006.
 * @param candidate one of the members
 */
export function mayRemove(candidate: Member, members: readonly Member[], share: number): boolean {
  let total = 0
  let removed = candidate.weight
  let elsewhere = 0
  const left = new Set<string>()
  const struck = new Set<string>()
  for (const { site, weight, standing } of members) {
    total += weight
    if (standing === 'in') left.add(site)
    if (standing !== 'removed') continue
    removed += weight
    if (site !== candidate.site) {
      elsewhere += weight
      struck.add(site)
    }
  }
  const most = total * share
  if (removed <= most || candidate.weight === 0) return true
  return elsewhere <= most && [...struck].every((site) => left.has(site))
}
