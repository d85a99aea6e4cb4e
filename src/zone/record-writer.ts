// Whole records as bytes, appended to one growing buffer. Knows the record layout (RFC 1035 section 4.1.3), nothing of zones.

const classIn = 1
/** A compression pointer to the question's name, which always begins at offset 12. */
const questionPointer = Uint8Array.of(0xc0, 12)

export class RecordWriter {
  #buffer = new Uint8Array(4096)
  size = 0

  /** Appends a record; a null owner is the question's name. */
  add(owner: Uint8Array | null, type: number, ttlSeconds: number, rdata: Uint8Array): void {
    const name = owner ?? questionPointer
    const needed = name.length + 10 + rdata.length
    this.#reserve(needed)
    this.#buffer.set(name, this.size)
    const view = new DataView(this.#buffer.buffer, this.size + name.length)
    view.setUint16(0, type)
    view.setUint16(2, classIn)
    view.setUint32(4, ttlSeconds)
    view.setUint16(8, rdata.length)
    this.#buffer.set(rdata, this.size + name.length + 10)
    this.size += needed
  }

  /** All that was appended. */
  bytes(): Uint8Array<ArrayBuffer> {
    return this.#buffer.slice(0, this.size)
  }

  #reserve(needed: number): void {
    if (this.size + needed <= this.#buffer.length) return
    const larger = new Uint8Array(Math.max(this.#buffer.length * 2, this.size + needed))
    larger.set(this.#buffer.subarray(0, this.size))
    this.#buffer = larger
  }
}
