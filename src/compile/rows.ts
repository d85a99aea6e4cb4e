// The rendezvous rows of groups, each made once for all who need it. Knows no clients, no windows and no health.
import type { Node } from '../fleet/model.ts'
import { hashText } from '../ip/hash.ts'
import { compileRows, type Rows } from '../scheduler/bucket.ts'
import type { Group } from '../scheduler/group.ts'

export class GroupRows {
  readonly #members: readonly (readonly number[])[]
  readonly #known = new Map<string, Rows>()
  readonly #families: readonly number[]
  /** By node: bit 0 has an IPv4 address, bit 1 an IPv6 address. */
  readonly nodeFamilies: Uint8Array
  readonly nodeHash: Int32Array
  readonly nodeWeight: Float32Array

  constructor(nodes: readonly Node[], groups: readonly Group[]) {
    this.#members = groups.map(({ members }) => members)
    this.nodeFamilies = Uint8Array.from(nodes, ({ v4, v6 }) => (v4 === null ? 0 : 1) | (v6 === null ? 0 : 2))
    this.nodeHash = Int32Array.from(nodes, ({ name }) => hashText(name))
    this.nodeWeight = Float32Array.from(nodes, ({ weight }) => weight)
    this.#families = this.#members.map((members) => members.reduce((all, node) => all | this.nodeFamilies[node], 0))
  }

  /** Families that some node of a group has, as in nodeFamilies. */
  familiesOf(group: number): number {
    return this.#families[group]
  }

  /** Rows of all nodes of a group. */
  ofAll(group: number): Rows {
    return this.#rows(`${group}`, this.#members[group])
  }

  /** Rows of the nodes that have an address of a family; null when there are none. */
  ofFamily(group: number, family: 4 | 6): Rows | null {
    const bit = family === 4 ? 1 : 2
    const members = this.#members[group]
    const nodes = members.filter((node) => (this.nodeFamilies[node] & bit) !== 0)
    if (nodes.length === 0) return null
    return nodes.length === members.length ? this.ofAll(group) : this.#rows(`${group} ${family}`, nodes)
  }

  #rows(key: string, nodes: readonly number[]): Rows {
    const rows = this.#known.get(key) ?? compileRows(nodes, this.nodeWeight, this.nodeHash)
    this.#known.set(key, rows)
    return rows
  }
}
