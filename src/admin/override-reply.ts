// How overrides look in replies, the same in every route that shows one. Must not know how they are kept.
import { type Static, type TSchema, Type } from 'typebox'
import type { HeldOverride, ListedOverride } from '../fleet/overrides.ts'

/** A schema that null satisfies too, in the form the serializer is quick at. */
export function nullable<T extends TSchema>(schema: T) {
  return Type.Unsafe<Static<T> | null>({ ...schema, nullable: true })
}

/** ISO 8601 in UTC of a Unix time in milliseconds. */
export function isoTime(unixMs: number): string {
  return new Date(unixMs).toISOString()
}

export const OverrideReply = Type.Object({
  target: Type.String(),
  mode: Type.Enum(['drain', 'up', 'down']),
  share: Type.Number(),
  reason: Type.String(),
  by: Type.String(),
  since: Type.String(),
  starts: Type.String(),
  expires: Type.String(),
})

export const ListedReply = Type.Object({
  ...OverrideReply.properties,
  active: Type.Boolean(),
  nodes: Type.Array(Type.String()),
})

export function overrideReply(override: HeldOverride): Static<typeof OverrideReply> {
  const { target, mode, sharePercent, reason, by, setAt, startsAt, expiresAt } = override
  return {
    target,
    mode,
    share: sharePercent,
    reason,
    by,
    since: isoTime(setAt),
    starts: isoTime(startsAt),
    expires: isoTime(expiresAt),
  }
}

/** The same with the nodes it is about and whether it is in force. */
export function listedReply(override: ListedOverride): Static<typeof ListedReply> {
  return { ...overrideReply(override), active: override.active, nodes: [...override.nodes] }
}
