// Columns of numbers packed into one buffer that threads and processes share. Knows nothing of what the numbers mean.
//
//   ┌ magic ┬ version ┬ count ┬ (byte offset, length) × count ┐┌ column 0 ┐┌ column 1 ┐ …   every column 8-byte aligned
//
// A schema is an ordered list of columns; order is the format. Views are made once, when a buffer is attached.

const kinds = {
  u8: Uint8Array,
  u16: Uint16Array,
  u32: Uint32Array,
  i32: Int32Array,
  f32: Float32Array,
} as const

/** Name → element kind, in the order of the buffer. */
export type Schema = Readonly<Record<string, keyof typeof kinds>>

interface Arrays<B extends ArrayBufferLike> {
  u8: Uint8Array<B>
  u16: Uint16Array<B>
  u32: Uint32Array<B>
  i32: Int32Array<B>
  f32: Float32Array<B>
}

/** The views of a schema's columns. */
export type Columns<S extends Schema, B extends ArrayBufferLike = ArrayBufferLike> = {
  readonly [K in keyof S]: Arrays<B>[S[K]]
}

const magic = 0x4e43_4153
const headWords = 3

/** Packs columns into one buffer; the inverse of attach. */
export function pack<S extends Schema>(schema: S, version: number, columns: Columns<S>): Uint8Array<ArrayBuffer> {
  const names = Object.keys(schema)
  const head = new Uint32Array(headWords + names.length * 2)
  head.set([magic, version, names.length])
  let size = aligned(head.byteLength)
  names.forEach((name, i) => {
    const column = columns[name]
    head[headWords + i * 2] = size
    head[headWords + i * 2 + 1] = column.length
    size = aligned(size + column.byteLength)
  })
  const bytes = new Uint8Array(size)
  bytes.set(new Uint8Array(head.buffer))
  names.forEach((name, i) => {
    const column = columns[name]
    bytes.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), head[headWords + i * 2])
  })
  return bytes
}

/** Views over a packed buffer, or null when it is not of this schema and version or does not hold what it says. */
export function attach<S extends Schema, B extends ArrayBufferLike>(
  schema: S,
  version: number,
  buffer: B,
): Columns<S, B> | null {
  const names = Object.keys(schema)
  const headSize = (headWords + names.length * 2) * 4
  if (buffer.byteLength < headSize) return null
  const head = new Uint32Array<ArrayBufferLike>(buffer, 0, headSize / 4)
  if (head[0] !== magic || head[1] !== version || head[2] !== names.length) return null
  const columns: Record<string, unknown> = {}
  for (const [i, name] of names.entries()) {
    const kind = kinds[schema[name]]
    const offset = head[headWords + i * 2]
    const length = head[headWords + i * 2 + 1]
    if (offset % 8 !== 0 || offset + length * kind.BYTES_PER_ELEMENT > buffer.byteLength) return null
    columns[name] = new kind(buffer as ArrayBuffer, offset, length)
  }
  // A copy, as V8 keeps an object grown key by key as a hash table, and these are read on every query.
  return { ...columns } as Columns<S, B>
}

function aligned(size: number): number {
  return Math.ceil(size / 8) * 8
}
