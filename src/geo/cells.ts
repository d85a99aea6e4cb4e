// Numbers cells as they are met, and keeps in the end only those that blocks lie in. Knows no addresses.

/** What tells cells apart. */
interface CellKey {
  readonly place: number
  /** Index of a carrier, -1 when unknown. */
  readonly carrier: number
  /** Index of a set of networks, 0 for none. */
  readonly networks: number
}

/** Cell 0 is the one of which nothing is known. */
const unmapped: CellKey = { place: 0, carrier: -1, networks: 0 }

export class CellTable {
  private readonly cells: CellKey[] = [unmapped]
  private readonly byKey = new Map<number, number>([[packed(unmapped), 0]])

  /** The number of a cell, the same for the same key. */
  numberOf(cell: CellKey): number {
    const key = packed(cell)
    let number = this.byKey.get(key)
    if (number === undefined) {
      number = this.cells.push(cell) - 1
      this.byKey.set(key, number)
    }
    return number
  }

  /**
   * Renumbers the cells in use, in the order of use; cell 0 stays.
   * @param columns numbers of cells, replaced in place
   * @returns the cells in use
   */
  compact(columns: readonly Uint32Array[]): CellKey[] {
    const renumbered = new Int32Array(this.cells.length).fill(-1)
    const used = [unmapped]
    renumbered[0] = 0
    for (const column of columns) {
      for (let i = 0; i < column.length; i++) {
        const number = column[i]
        if (renumbered[number] < 0) renumbered[number] = used.push(this.cells[number]) - 1
        column[i] = renumbered[number]
      }
    }
    return used
  }
}

/** Exact below 2^10 places, 2^20 carriers and 2^23 sets of networks. */
function packed({ place, carrier, networks }: CellKey): number {
  return (networks * 2 ** 10 + place) * 2 ** 20 + carrier + 1
}
