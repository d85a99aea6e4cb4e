// How overrides look in replies, the same in every route that shows one. Must not know how they are kept.
import { type Static, type TSchema, Type } from 'typebox'
import type { NodeOverride } from '../fleet/overrides.ts'

/** A schema that null satisfies too, in the form the serializer is quick at. */
export function nullable<T extends TSchema>(schema: T) {
  return Type.Unsafe<Static<T> | null>({ ...schema, nullable: true })
}

/** ISO 8601 in UTC of a Unix time in milliseconds. */
export function isoTime(unixMs: number): string {
  return new Date(unixMs).toISOString()
}

export const OverrideReply = Type.Object({
  node: Type.String(),
  mode: Type.Enum(['drain', 'up', 'down']),
  share: Type.Number(),
  reason: Type.String(),
  by: Type.String(),
  since: Type.String(),
  expires: Type.String(),
})

export function overrideReply(override: NodeOverride): Static<typeof OverrideReply> {
  const { node, mode, sharePercent, reason, by, setAt, expiresAt } = override
  return { node, mode, share: sharePercent, reason, by, since: isoTime(setAt), expires: isoTime(expiresAt) }
}
