// Reads single fields of an .mmdb data section without trusting a byte of it. Must not know what the fields mean.
//
// Values lie one behind the other, each with a control byte (type, size); maps and arrays hold values, a pointer stands
// for a value elsewhere. Libraries decode whole records and follow every pointer, so a small file can ask for a cycle or for
// 2^64 values. Here only asked-for fields are followed, and the whole file has one budget of values to look at.
// Format: https://maxmind.github.io/MaxMind-DB/

const pointerType = 1
const textType = 2
const doubleType = 3
const mapType = 7
const int32Type = 8
const arrayType = 11
const booleanType = 14
const floatType = 15
const unsignedTypes: ReadonlySet<number> = new Set([5, 6, 9, 10])

/** What is added to a pointer's value, by how many bytes it has beyond the first. */
const pointerBases = [0, 0x800, 0x80800, 0]

/** Values a file may make us look at, for each byte of the section: a good one needs fewer than 4. */
const visitsPerByte = 16
const deepestNesting = 64

export class MmdbValues {
  private readonly bytes: Buffer
  /** Pointers count from here. */
  private readonly base: number
  private readonly end: number
  private readonly fail: (what: string) => never
  private visitsLeft: number
  // The value last opened by `open`.
  private type = 0
  private size = 0
  private payload = 0

  /**
   * @param bytes the whole file
   * @param base where the section begins
   * @param end where it ends
   * @param fail throws the error for a corrupt file
   */
  constructor(bytes: Buffer, base: number, end: number, fail: (what: string) => never) {
    this.bytes = bytes
    this.base = base
    this.end = end
    this.fail = fail
    this.visitsLeft = (end - base) * visitsPerByte + 1024
  }

  /** Where a map's field lies, or -1 when there is no such field or no map at all. */
  field(at: number, name: string): number {
    if (at < 0) return -1
    this.openResolved(at)
    if (this.type !== mapType) return -1
    let next = this.payload
    for (let left = this.size; left > 0; left--) {
      const matches = this.isText(next, name)
      const value = this.skip(next, 0)
      if (matches) return value
      next = this.skip(value, 0)
    }
    return -1
  }

  /** A text, or null when the value is absent or something else. */
  text(at: number): string | null {
    if (at < 0) return null
    this.openResolved(at)
    return this.type === textType ? this.bytes.toString('utf8', this.payload, this.payload + this.size) : null
  }

  /** A number of any kind (wide ones rounded), or null when the value is absent or something else. */
  number(at: number): number | null {
    if (at < 0) return null
    this.openResolved(at)
    const { bytes, payload, size } = this
    if (this.type === doubleType) return size === 8 ? bytes.readDoubleBE(payload) : this.fail('a double is not 8 bytes')
    if (this.type === floatType) return size === 4 ? bytes.readFloatBE(payload) : this.fail('a float is not 4 bytes')
    if (this.type !== int32Type && !unsignedTypes.has(this.type)) return null
    if (size > 16) this.fail('a number is wider than 128 bits')
    let value = 0
    for (let i = 0; i < size; i++) value = value * 256 + bytes[payload + i]
    return this.type === int32Type && size === 4 ? value | 0 : value
  }

  /** The names of a map's fields, for people. */
  names(at: number): string[] {
    this.openResolved(at)
    if (this.type !== mapType) return []
    const names: string[] = []
    let next = this.payload
    for (let left = this.size; left > 0 && names.length < 20; left--) {
      names.push(this.text(next) ?? '?')
      next = this.skip(this.skip(next, 0), 0)
    }
    return names
  }

  /** Reads a control byte and what belongs to it: type, size, where the payload begins (a pointer's size is its target). */
  private open(at: number): void {
    if (--this.visitsLeft < 0) this.fail('its records are nested or shared without end')
    if (at < this.base || at >= this.end) this.fail('a record lies outside the data section')
    const control = this.bytes[at]
    let next = at + 1
    this.type = control >>> 5
    if (this.type === pointerType) return this.openPointer(control, next)
    if (this.type === 0) {
      if (next >= this.end) this.fail('a record is cut off')
      this.type = this.bytes[next++] + 7
    }
    const sizeBytes = Math.max(0, (control & 31) - 28)
    if (next + sizeBytes > this.end) this.fail('a record is cut off')
    this.size = sizeBytes === 0 ? control & 31 : sizeBase[sizeBytes] + this.bytes.readUIntBE(next, sizeBytes)
    this.payload = next + sizeBytes
    if (this.payload + this.payloadSize() > this.end) this.fail('a record is cut off')
  }

  private openPointer(control: number, next: number): void {
    const extra = (control >>> 3) & 3
    if (next + extra + 1 > this.end) this.fail('a pointer is cut off')
    const first = extra === 3 ? 0 : (control & 7) * 256 ** (extra + 1)
    this.size = this.base + first + this.bytes.readUIntBE(next, extra + 1) + pointerBases[extra]
    this.payload = next + extra + 1
  }

  /** Opens a value, following the one pointer that may stand for it. */
  private openResolved(at: number): void {
    this.open(at)
    if (this.type !== pointerType) return
    this.open(this.size)
    if (this.type === pointerType) this.fail('a pointer leads to another pointer')
  }

  /** Bytes of the opened value itself; a map's and an array's parts are values of their own, a boolean is its size. */
  private payloadSize(): number {
    return this.type === mapType || this.type === arrayType || this.type === booleanType ? 0 : this.size
  }

  /** Where the value behind this one begins; pointers inside are not followed. */
  private skip(at: number, nesting: number): number {
    if (nesting > deepestNesting) this.fail('its records are nested too deeply')
    this.open(at)
    if (this.type === pointerType) return this.payload
    let next = this.payload + this.payloadSize()
    if (this.type !== mapType && this.type !== arrayType) return next
    const parts = this.type === mapType ? this.size * 2 : this.size
    for (let i = 0; i < parts; i++) next = this.skip(next, nesting + 1)
    return next
  }

  private isText(at: number, wanted: string): boolean {
    this.openResolved(at)
    if (this.type !== textType) this.fail('a map has a key that is not text')
    if (this.size !== wanted.length) return false
    for (let i = 0; i < wanted.length; i++) if (this.bytes[this.payload + i] !== wanted.charCodeAt(i)) return false
    return true
  }
}

/** What is added to a size, by how many bytes it has beyond the control byte. */
const sizeBase = [0, 29, 285, 65821]
