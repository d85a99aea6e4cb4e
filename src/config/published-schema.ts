// The schema as editors read it: plain JSON Schema, the `include` keys with it. Knows no fragment.
import { formats } from './formats.ts'
import type { FormatName } from './formats.ts'
import { configSchema } from './schema.ts'
import type { IncludeForm, Schema } from './schema-words.ts'

type Json = Record<string, unknown>

/** Words of our own, which editors do not know. */
const ownWords = ['reads', 'least', 'most', 'reference', 'keys', 'include', 'notBuilt', 'standIn', 'discriminator']

const path = { type: 'string', minLength: 1 }
const include = {
  description: 'Other files, relative to this one: a path, a pattern such as nodes/*.yaml, or a list of them.',
  anyOf: [path, { type: 'array', items: path }],
}

/** The text of config/schema.json. */
export function publishedSchema(): string {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Nearcast configuration',
    ...publish(configSchema as Schema),
  }
  return `${JSON.stringify(schema, null, 2)}\n`
}

function publish(schema: Schema): Json {
  const plain: Json = Object.fromEntries(Object.entries(schema).filter(([word]) => !ownWords.includes(word)))
  // A section whose entries are all commented out is as good as left out.
  if (schema.default !== undefined && typeof schema.default === 'object') plain.type = [schema.type, 'null']
  if (schema.notBuilt !== undefined) return { not: {}, description: `Not built yet: ${schema.notBuilt}.` }
  if (schema.anyOf !== undefined) plain.anyOf = schema.anyOf.map(publish)
  if (schema.reads !== undefined) Object.assign(plain, textOf(schema.reads))
  if (schema.type === 'array') return publishList(schema, plain)
  return schema.type === 'object' ? publishMap(schema, plain) : plain
}

/** A bare 0 stands for a duration as well. */
function textOf(format: FormatName): Json {
  const { pattern, numeric } = formats[format]
  return {
    ...(pattern === undefined ? {} : { pattern }),
    ...(numeric === true ? { type: ['string', 'integer'], minimum: 0, maximum: 0 } : {}),
  }
}

function publishList(schema: Schema, plain: Json): Json {
  const { items = {} } = schema
  const list = { ...plain, items: 'length' in items ? items.map(publish) : publish(items) }
  if (schema.include !== 'list') return list
  return {
    ...list,
    items: {
      anyOf: [
        list.items,
        { type: 'object', required: ['include'], properties: { include }, additionalProperties: false },
      ],
    },
  }
}

function publishMap(schema: Schema, plain: Json): Json {
  const { properties = {}, required = [], patternProperties } = schema
  const others = schema.additionalProperties ?? Object.values(patternProperties ?? {})[0]
  const map: Json = {
    ...plain,
    // What has a default may be left out.
    required: required.filter((key) => properties[key].default === undefined),
    properties: Object.fromEntries(Object.entries(properties).map(([key, part]) => [key, publish(part)])),
    additionalProperties: others === undefined ? false : publish(others),
  }
  delete map.patternProperties
  const pattern = schema.keys === undefined ? undefined : formats[schema.keys].pattern
  if (pattern !== undefined) map.propertyNames = { pattern }
  return schema.include === undefined ? map : withInclude(map, schema.include)
}

function withInclude(map: Json, form: IncludeForm): Json {
  if (form === 'map') return { ...map, properties: { include, ...(map.properties as Json) } }
  const { description, default: nothing, ...define } = map
  return { type: map.type, description, default: nothing, properties: { include, define }, additionalProperties: false }
}
