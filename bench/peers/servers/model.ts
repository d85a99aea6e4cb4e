// What a bench knows of a server: how its files are written and how it is run. Knows none of them.
import type { Program } from '../process.ts'
import type { Query } from '../queries.ts'
import type { CountryPrefix } from '../country-data.ts'

/** What all servers are made from. */
export interface Site {
  /** Exists, is empty, and goes away at the end. */
  readonly directory: string
  /** To listen on, at 127.0.0.1, UDP and TCP. */
  readonly port: number
  readonly prefixes: readonly CountryPrefix[]
  /** The same prefixes in MaxMind's layout. */
  readonly mmdb: string
  /** Where compiled data is kept from run to run. */
  readonly cacheDirectory: string
}

export interface Server {
  readonly key: string
  /** For the table. */
  readonly title: string
  /** Prefixes it tells apart, where we know. */
  readonly note?: string
  /** Writes its files. */
  prepare(site: Site): Promise<Program>
  /** What its answers to a query are held against; null: it does not speak DNS. */
  readonly expects: (query: Query) => Expected | null
}

export interface Expected {
  /** The only ones that may be in it. */
  readonly addresses: ReadonlySet<string>
  readonly count: number
  /** The client subnet option is in the answer. */
  readonly subnet: boolean
}
