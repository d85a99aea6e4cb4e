// What nodes last said of themselves. Judges nothing and asks nobody.

/** What a node may say; null where it does not. */
export interface Report {
  /** Share of its capacity in use; 1 is all of it. */
  readonly load: number | null
  readonly mbps: number | null
  readonly connections: number | null
  readonly streams: number | null
  /** Shares in use, 0 to 1. */
  readonly cpu: number | null
  readonly disk: number | null
}

export interface HeardReport extends Report {
  readonly node: string
  /** Unix time in milliseconds. */
  readonly at: number
  /** Name of the token it came with. */
  readonly by: string
}

/** The latest report of each node; as many as there are nodes. */
export class Reports {
  readonly #latest = new Map<string, HeardReport>()

  hear(report: HeardReport): void {
    this.#latest.set(report.node, report)
  }

  /** In no particular order. */
  list(): HeardReport[] {
    return [...this.#latest.values()]
  }

  /** Forgets every node but these. */
  keep(nodes: readonly string[]): void {
    const stay = new Set(nodes)
    for (const node of this.#latest.keys()) if (!stay.has(node)) this.#latest.delete(node)
  }
}
