// The daemon's log as the demo tells it: what happens to edges in a sentence, the rest only when it matters. Pure.

interface Line {
  readonly level: string
  readonly event: string
  readonly msg?: string
  readonly node?: string
  readonly family?: number
  readonly to?: string
  readonly reason?: string
  readonly epoch?: number
  readonly err?: { readonly message?: string }
}

/** One line of the log (JSON) in a sentence; null for what a demo need not tell. */
export function narrate(text: string): string | null {
  const line = JSON.parse(text) as Line
  const { event, level, node, family, to, reason, err } = line
  if (event === 'health.verdict') {
    const who = family === 6 ? `${node} over IPv6` : node
    return to === 'down' ? `${who} is out of the answers: ${reason}` : `${who} is back in the answers`
  }
  if (event === 'snapshot.swapped') return null
  if (event === 'reload.refused') return `the changed configuration is refused, the old one stays:\n${err?.message}`
  if (event === 'reload.started') return 'the configuration is read again'
  if (level === 'info') return null
  return [event, line.msg, err?.message].filter((part) => part !== undefined).join(': ')
}
