// The checked configuration: every reference resolved, every unit a number. Made by load.ts only; knows no YAML positions.
import type { AdminSettings } from '../admin/model.ts'
import type { Node, Pool, Site } from '../fleet/model.ts'
import type { Carrier, GeoSettings, Region } from '../geo/model.ts'
import type { HealthSettings, Probe } from '../health/model.ts'
import type { Rule, Scoring, Service } from '../scheduler/model.ts'
import type { ServerSettings } from '../server/model.ts'
import type { Zone } from '../zone/model.ts'

export interface Config {
  readonly server: ServerSettings
  readonly admin: AdminSettings
  readonly geo: GeoSettings
  readonly regions: readonly Region[]
  /** Name of the region that takes the countries no other region names; clients of no known country too. */
  readonly restRegion: string
  readonly carriers: readonly Carrier[]
  readonly sites: readonly Site[]
  readonly nodes: readonly Node[]
  readonly pools: readonly Pool[]
  readonly steering: readonly Rule[]
  readonly scoring: Scoring
  readonly probes: readonly Probe[]
  readonly health: HealthSettings
  readonly services: readonly Service[]
  readonly zones: readonly Zone[]
}
