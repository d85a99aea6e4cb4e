// Lines of text with their columns aligned. Knows nothing of what stands in them.

/** Aligns the cells of all rows; the columns numbered in `right` end together, the others begin together. Two blanks between. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const widths: number[] = []
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)))
  const align = (cell: string, i: number): string =>
    right.includes(i) ? cell.padStart(widths[i]) : cell.padEnd(widths[i])
  return rows.map((row) => row.map(align).join('  ').trimEnd())
}
