// Opens an .mmdb file and refuses what is not one, whole. Must not know what the records mean.
import { DatabaseError, readDatabase, type DatabaseFile, type Slot } from './files.ts'
import { MmdbValues } from './mmdb-values.ts'

/** An opened file: the search tree lies at the front, the records behind it. */
export interface Mmdb extends DatabaseFile {
  /** `database_type` of the metadata. */
  readonly type: string
  /** ISO 8601, or null when the file does not say. */
  readonly builtAt: string | null
  readonly bytes: Buffer
  readonly ipVersion: 4 | 6
  readonly nodeCount: number
  readonly recordBits: 24 | 28 | 32
  /** Where the records begin; tree pointers count from here. */
  readonly recordsAt: number
  readonly records: MmdbValues
  /** Throws NC_DATABASE, naming slot and file: the file is not what the slot needs. */
  readonly refuse: (why: string) => never
  /** The same: the file is damaged. */
  readonly corrupt: (what: string) => never
}

const metadataMarker = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1')
/** The metadata must lie this near the end of the file (the format's own rule). */
const metadataReach = 128 * 1024
/** Zero bytes between tree and records. */
const separatorSize = 16

/**
 * Reads and checks a file.
 * @throws DatabaseError when it cannot be read, is not an .mmdb file, or is cut off
 */
export async function openMmdb(slot: Slot, file: string): Promise<Mmdb> {
  const refuse = (why: string): never => {
    throw new DatabaseError({ slot, file }, why)
  }
  const bytes = await readDatabase({ slot, file })
  if (bytes.length >= 2 && bytes.readUInt16BE(0) === 0x1f8b) {
    refuse('this is a gzip file; expected an .mmdb file. Unpack it first')
  }
  const marker = bytes.lastIndexOf(metadataMarker)
  if (marker < 0 || marker < bytes.length - metadataReach) {
    refuse('no MaxMind DB metadata at the end; expected an .mmdb file, complete. Copy or download it again')
  }
  const start = marker + metadataMarker.length
  const corrupt = (what: string): never => refuse(`the file is corrupt: ${what}. Copy or download it again`)
  const metadata = new MmdbValues(bytes, start, bytes.length, corrupt)
  const number = (name: string): number => metadata.number(metadata.field(start, name)) ?? -1

  const major = number('binary_format_major_version')
  if (major !== 2) corrupt(`format version ${major}; expected 2`)
  const recordBits = oneOf([24, 28, 32], number('record_size')) ?? corrupt('record_size is none of 24, 28 and 32')
  const ipVersion = oneOf([4, 6], number('ip_version')) ?? corrupt('ip_version is neither 4 nor 6')
  const nodeCount = number('node_count')
  if (nodeCount < 1) corrupt('node_count is not positive')
  const recordsAt = nodeCount * (recordBits / 4) + separatorSize
  if (recordsAt > marker) corrupt(`its tree of ${nodeCount} nodes does not fit into the file`)
  if (bytes.subarray(recordsAt - separatorSize, recordsAt).some((byte) => byte !== 0)) {
    corrupt('the tree does not end where it should')
  }
  const type = metadata.text(metadata.field(start, 'database_type'))
  const records = new MmdbValues(bytes, recordsAt, marker, corrupt)
  return {
    slot,
    file,
    type: type ?? corrupt('database_type is missing'),
    builtAt: dateOf(number('build_epoch')),
    bytes,
    ipVersion,
    nodeCount,
    recordBits,
    recordsAt,
    records,
    refuse,
    corrupt,
  }
}

function oneOf<T extends number>(allowed: readonly T[], value: number): T | undefined {
  return allowed.find((candidate) => candidate === value)
}

function dateOf(epochSeconds: number): string | null {
  const date = new Date(epochSeconds * 1000)
  return epochSeconds > 0 && !Number.isNaN(date.valueOf()) ? date.toISOString() : null
}
