// The servers of bench:signed: Nearcast with its zone signed, an earlier Nearcast, and Knot signing online. Knows no measuring.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeName } from '../../src/wire/name.ts'
import { createKey } from '../../src/zone/key-directory.ts'
import { Flags } from '../../src/zone/signing/dnskey.ts'
import { noTimes } from '../../src/zone/signing/key-times.ts'
import { prepareKnot } from '../peers/servers/knot.ts'
import type { Server } from '../peers/servers/model.ts'
import { prepareNearcast } from '../peers/servers/nearcast.ts'
import { zone } from '../peers/sites.ts'

export const nearcastSigned: Server = {
  key: 'nearcast-signed',
  title: 'Nearcast, signed',
  expects: () => null,
  async prepare(site) {
    const keys = join(site.directory, 'keys')
    await mkdir(keys)
    const apex = encodeName(zone)
    if (apex === null) throw new Error(`${zone} is no name`)
    const times = { ...noTimes, created: 0, publish: 0, activate: 0 }
    createKey(keys, apex, 'ecdsap256', Flags.zone | Flags.entryPoint, times, new Set())
    return prepareNearcast(site, { keys })
  },
}

/** @param command of the earlier one, which signs nothing */
export function nearcastBefore(command: string): Server {
  return {
    key: 'nearcast-before',
    title: 'Nearcast before',
    expects: () => null,
    prepare: (site) => prepareNearcast(site, { command }),
  }
}

export const knotOnline: Server = {
  key: 'knot-online',
  title: 'Knot, signing online',
  expects: () => null,
  prepare: (site) => prepareKnot(site, true),
}
