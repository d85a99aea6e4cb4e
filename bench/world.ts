// Compiles a configuration and attaches it as a thread would, every node up. Knows no packets and no clock.
import { encodeBlocks } from '../src/compile/blocks.ts'
import { compileTables } from '../src/compile/compile.ts'
import { steeringNetworks } from '../src/compile/directory.ts'
import type { Config } from '../src/config/config.ts'
import { allUp, createWords } from '../src/fleet/availability.ts'
import { buildPartition, type Partition } from '../src/geo/partition.ts'
import { createProtection, type Protection } from '../src/server/protection.ts'
import { createSignatures } from '../src/server/signature-table.ts'
import { Signer } from '../src/server/signer.ts'
import { State } from '../src/server/state.ts'
import { attachTables, bindSlots, refreshGroups } from '../src/server/tables.ts'
import { createCounters } from '../src/telemetry/counters.ts'
import type { Dnssec } from '../src/zone/model.ts'
import { Algorithm, generatePrivate } from '../src/zone/signing/algorithm.ts'
import { Flags } from '../src/zone/signing/dnskey.ts'
import { signingKey } from '../src/zone/signing/key.ts'
import { keySetOf } from '../src/zone/signing/key-set.ts'
import type { StoredKey } from '../src/zone/signing/key-file.ts'
import { noTimes } from '../src/zone/signing/key-times.ts'
import { ZoneSigner } from '../src/zone/signing/zone-signer.ts'

const day = 86_400
const dnssec: Dnssec = {
  directory: '/nowhere',
  algorithm: 'ecdsap256',
  algorithmAt: null,
  keyTtlSeconds: 3600,
  validitySeconds: 14 * day,
  parentDsTtlSeconds: day,
  propagationSeconds: 3600,
  leave: false,
  at: 'nearcast.yaml:1:1',
}

export interface World {
  readonly config: Config
  readonly partition: Partition
  readonly state: State
  /** No limit is in force until a bench sets some. */
  readonly protection: Protection
}

/** What the built-in databases make of the configuration's carriers. */
export async function worldPartition(config: Config): Promise<Partition> {
  const input = { settings: config.geo, carriers: config.carriers, networks: steeringNetworks(config) }
  return await buildPartition(input)
}

/** Bytes in shared memory, as the daemon publishes them. */
function shared(bytes: Uint8Array): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(bytes.length)
  new Uint8Array(buffer).set(bytes)
  return buffer
}

/** @param signed every zone is signed, and so is whatever a thread is asked for first, by the thread itself */
export function makeWorld(config: Config, partition: Partition, signed = false): World {
  const keys = signed ? config.zones.map(newKey) : []
  const now = Math.floor(Date.now() / 1000)
  const signers = keys.map((key, zone) => new ZoneSigner(config.zones[zone], dnssec, [key], now))
  const compiled = compileTables(config, partition, 1, signers)
  if (compiled.problems.length > 0) throw new Error(compiled.problems.map(({ message }) => message).join('\n'))
  const published = {
    epoch: 1,
    blocks: shared(encodeBlocks(partition, config.geo.coarsestScope)),
    tables: shared(compiled.bytes),
  }
  const words = createWords(config.nodes.length)
  for (let slot = 0; slot < config.nodes.length; slot++) words[slot * 2] = allUp
  const tables = attachTables(published.tables)
  bindSlots(
    tables,
    config.nodes.map((_, index) => index),
  )
  refreshGroups(tables, words)
  const counters = createCounters(config.nodes.length)
  const protection = createProtection()
  const signatures = createSignatures()
  const state = new State({ words, counters, identity: 'bench', protection, signatures }, published)
  if (signed) state.signer = signerOf(config, keys, signatures, now)
  return { config, partition, protection, state }
}

/** A key in use for ever. */
function newKey(): StoredKey {
  const key = signingKey(Algorithm.ecdsap256, Flags.zone | Flags.entryPoint, generatePrivate('ecdsap256'))
  if (key === null) throw new Error('a fresh key is no key')
  return { key, times: { ...noTimes, publish: 0, activate: 0 } }
}

function signerOf(config: Config, keys: readonly StoredKey[], table: SharedArrayBuffer, now: number): Signer {
  const signer = new Signer({ table, now: () => now, random: () => 0, onSigned: () => {} })
  const { validitySeconds } = dnssec
  signer.setZones(
    keys.map(({ key }, zone) => ({
      apex: config.zones[zone].apex,
      keySet: keySetOf(config.zones[zone].apex, [key]),
      keys: [key],
      validitySeconds,
      refreshSeconds: validitySeconds / 4,
    })),
  )
  return signer
}
