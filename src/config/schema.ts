// The language as one schema, put together from the fragment each room owns. Knows how they fit, not what a key means.
import Type from 'typebox'
import { adminSchema } from '../admin/schema.ts'
import { nodesSchema, poolsSchema, sitesSchema } from '../fleet/schema.ts'
import { carriersSchema, geoSchema, regionsSchema } from '../geo/schema.ts'
import { probesSchema } from '../health/probe-schema.ts'
import { healthSchema } from '../health/schema.ts'
import { scoringSchema, servicesSchema, steeringSchema } from '../scheduler/schema.ts'
import { serverSchema } from '../server/schema.ts'
import { zonesSchema } from '../zone/schema.ts'

export const configSchema = Type.Object({
  server: serverSchema,
  admin: adminSchema,
  geo: geoSchema,
  regions: regionsSchema,
  carriers: carriersSchema,
  sites: sitesSchema,
  nodes: nodesSchema,
  pools: poolsSchema,
  steering: steeringSchema,
  scoring: scoringSchema,
  probes: probesSchema,
  health: healthSchema,
  services: servicesSchema,
  zones: zonesSchema,
})

/** The configuration as written, defaults filled in, includes followed. */
export type RawConfig = Type.Static<typeof configSchema>
