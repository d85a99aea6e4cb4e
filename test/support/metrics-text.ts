// Reads what /metrics says into numbers by short names. Knows no metric's meaning.

/** `queries{udp}` for `nearcast_queries_total{transport="udp"}`, `snapshot_epoch` for `nearcast_snapshot_epoch`. */
export type Metrics = ReadonlyMap<string, number>

/** Reads the text of one scrape; metrics that are not Nearcast's own are left out. */
export function readMetrics(text: string): Metrics {
  const metrics = new Map<string, number>()
  for (const line of text.split('\n')) {
    const [, name, labels, value] = /^nearcast_([a-z_]+?)(?:_total)?(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
    if (name === undefined) continue
    const values = [...(labels ?? '').matchAll(/="((?:[^"\\]|\\.)*)"/g)].map(([, text]) => text)
    metrics.set(values.length === 0 ? name : `${name}{${values.join()}}`, Number(value))
  }
  return metrics
}
