// Reads messages as strictly as the RFCs write them, octet by octet, to judge answers. Must not share code with src/wire.

/** What a message turned out to be; one object, written over by each message. */
export class Walk {
  id = 0
  flags = 0
  rcode = 0
  /** Questions, answers, authorities, additionals. */
  readonly counts = new Uint16Array(4)
  /** Where the question ends. */
  questionEnd = 12
  opts = 0
  /** Where the last OPT record's TYPE lies, and where its data ends. */
  opt = -1
  optEnd = -1
  /** SOA records of the authority section. */
  authoritySoas = 0

  /** Returns null, or what is wrong with the message. */
  read(bytes: Uint8Array, length: number): string | null {
    if (length < 12) return 'header: cut off'
    this.id = u16(bytes, 0)
    this.flags = u16(bytes, 2)
    this.rcode = this.flags & 15
    this.opts = 0
    this.opt = -1
    this.authoritySoas = 0
    for (let i = 0; i < 4; i++) this.counts[i] = u16(bytes, 4 + i * 2)
    let at = 12
    for (let i = 0; i < this.counts[0]; i++) {
      at = nameEnd(bytes, at, length)
      if (at < 0 || at + 4 > length) return 'question: malformed'
      at += 4
    }
    this.questionEnd = at
    for (let section = 1; section < 4; section++) {
      for (let i = 0; i < this.counts[section]; i++) {
        const end = this.#record(bytes, at, length, section)
        if (end < 0) return `record: ${problems[-end]} in section ${section} at octet ${at}`
        at = end
      }
    }
    return at === length ? null : `length: ${length - at} octets behind the last record`
  }

  #record(bytes: Uint8Array, start: number, length: number, section: number): number {
    const fixed = nameEnd(bytes, start, length)
    if (fixed < 0 || fixed + 10 > length) return -1
    const type = u16(bytes, fixed)
    const data = fixed + 10
    const end = data + u16(bytes, fixed + 8)
    if (end > length) return -2
    if (type === 41) {
      this.opts++
      this.opt = fixed
      this.optEnd = end
      if (section !== 3 || bytes[start] !== 0) return -3
      if (bytes[fixed + 5] !== 0 || (u16(bytes, fixed + 6) & 0x7fff) !== 0) return -4
      this.rcode |= bytes[fixed + 4] << 4
      return optionsEnd(bytes, data, end) === end ? end : -5
    }
    if (type === 6 && section === 2) this.authoritySoas++
    if ((u16(bytes, fixed + 4) & 0x8000) !== 0) return -6
    return isRdata(bytes, type, data, end) ? end : -7
  }
}

const problems = ['', 'cut off', 'too long', 'misplaced OPT', 'OPT version or flags', 'options', 'TTL', 'rdata']

export function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 8) | bytes[at + 1]
}

/** Where a name ends, -1 if it is malformed: pointers must lead to what was read before (RFC 1035 section 4.1.4). */
function nameEnd(bytes: Uint8Array, start: number, length: number): number {
  let at = start
  let end = -1
  let octets = 0
  for (;;) {
    if (at >= length) return -1
    const size = bytes[at]
    if (size >= 0xc0) {
      if (at + 2 > length) return -1
      const target = u16(bytes, at) & 0x3fff
      if (target >= at || target < 12) return -1
      if (end < 0) end = at + 2
      at = target
      continue
    }
    if (size > 63) return -1
    octets += size + 1
    if (octets > 255) return -1
    at += size + 1
    if (size === 0) return end < 0 ? at : end
  }
}

/** Where options end that fill what lies before `end`; something else if they overrun it. */
function optionsEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at + 4 <= end) at += 4 + u16(bytes, at + 2)
  return at
}

function isRdata(bytes: Uint8Array, type: number, data: number, end: number): boolean {
  switch (type) {
    case 1:
      return end - data === 4
    case 28:
      return end - data === 16
    case 2:
    case 5:
    case 12:
      return nameEnd(bytes, data, end) === end
    case 15:
      return nameEnd(bytes, data + 2, end) === end
    case 33:
      return nameEnd(bytes, data + 6, end) === end
    case 6: {
      const rname = nameEnd(bytes, data, end)
      return rname > 0 && nameEnd(bytes, rname, end) === end - 20
    }
    case 13:
    case 16:
      return isStrings(bytes, data, end)
    case 64:
    case 65:
      return isServiceBinding(bytes, data, end)
    default:
      return true
  }
}

function isStrings(bytes: Uint8Array, data: number, end: number): boolean {
  let at = data
  while (at < end) at += bytes[at] + 1
  return at === end && end > data
}

/** Keys in strictly increasing order, each value inside (RFC 9460 section 2.2). */
function isServiceBinding(bytes: Uint8Array, data: number, end: number): boolean {
  let at = nameEnd(bytes, data + 2, end)
  if (at < 0) return false
  let last = -1
  while (at + 4 <= end) {
    const key = u16(bytes, at)
    if (key <= last) return false
    last = key
    at += 4 + u16(bytes, at + 2)
  }
  return at === end
}
