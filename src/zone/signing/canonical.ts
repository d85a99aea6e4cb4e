// The one order and form of names and records that signatures are made over (RFC 4034 section 6). Knows no keys.
import { Type } from '../../wire/constants.ts'
import { lowerName } from '../../wire/name.ts'

/**
 * Where the names in a type's rdata stand: so many octets before them, then so many names, which are signed in lower case
 * (RFC 4034 section 6.2 as RFC 6840 section 5.1 narrows it: NSEC's next name keeps its case). Other types have none.
 */
const namesIn: ReadonlyMap<number, readonly [before: number, names: number]> = new Map([
  [Type.NS, [0, 1]],
  [Type.CNAME, [0, 1]],
  [Type.SOA, [0, 2]],
  [Type.PTR, [0, 1]],
  [Type.MX, [2, 1]],
  [Type.SIG, [18, 1]],
  [Type.RRSIG, [18, 1]],
  [Type.SRV, [6, 1]],
  [Type.DNAME, [0, 1]],
  // MD, MF, MB, MG, MR, MINFO, RP, AFSDB, RT, PX, KX: no layouts of ours, yet zones may hold them as \#.
  [3, [0, 1]],
  [4, [0, 1]],
  [7, [0, 1]],
  [8, [0, 1]],
  [9, [0, 1]],
  [14, [0, 2]],
  [17, [0, 2]],
  [18, [2, 1]],
  [21, [2, 1]],
  [26, [2, 2]],
  [36, [2, 1]],
])

/** NAPTR (RFC 3403) has its name behind three character-strings. */
const naptrStrings = 3

/**
 * Canonical order of two names in lower-case wire form (RFC 4034 section 6.1): from the last label to the first, each as
 * octets, where what ends sooner comes first. Negative when `a` comes first.
 */
export function compareNames(a: Uint8Array, b: Uint8Array): number {
  const starts = labelStarts(a)
  const others = labelStarts(b)
  const common = Math.min(starts.length, others.length)
  for (let i = 1; i <= common; i++) {
    const order = compareLabels(a, starts[starts.length - i], b, others[others.length - i])
    if (order !== 0) return order
  }
  return starts.length - others.length
}

/** Where the labels of a wire name begin, the root not among them. */
export function labelStarts(name: Uint8Array): number[] {
  const starts: number[] = []
  for (let at = 0; name[at] !== 0; at += name[at] + 1) starts.push(at)
  return starts
}

/**
 * An RRset's rdata as signed: names in lower case where the type wants it, sorted as octets, each once (RFC 4034 sections 6.2
 * and 6.3). The argument stays as it is.
 */
export function canonicalRdatas(type: number, rdatas: readonly Uint8Array[]): Uint8Array[] {
  const sorted = rdatas.map((rdata) => canonicalRdata(type, rdata)).toSorted((a, b) => Buffer.compare(a, b))
  return sorted.filter((rdata, i) => i === 0 || Buffer.compare(rdata, sorted[i - 1]) !== 0)
}

/** A record's data in the form in which it is signed, and is the same as another's. */
export function canonicalRdata(type: number, rdata: Uint8Array): Uint8Array {
  const [before, names] = type === Type.NAPTR ? [naptrBefore(rdata), 1] : (namesIn.get(type) ?? [0, 0])
  if (names === 0) return rdata
  let end = before
  for (let name = 0; name < names; name++) {
    while (end < rdata.length && rdata[end] !== 0) end += rdata[end] + 1
    end++
  }
  const form = Uint8Array.from(rdata)
  form.set(lowerName(rdata.subarray(before, end)), before)
  return form
}

function naptrBefore(rdata: Uint8Array): number {
  let at = 4
  for (let string = 0; string < naptrStrings; string++) at += rdata[at] + 1
  return at
}

function compareLabels(a: Uint8Array, from: number, b: Uint8Array, other: number): number {
  const common = Math.min(a[from], b[other])
  for (let i = 1; i <= common; i++) {
    if (a[from + i] !== b[other + i]) return a[from + i] - b[other + i]
  }
  return a[from] - b[other]
}
