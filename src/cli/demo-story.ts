// The daemon's log as the demo tells it: what happens to edges in a sentence, the rest only when it matters. Pure.

interface Line {
  readonly level: string
  readonly event: string
  readonly msg?: string
  readonly node?: string
  readonly family?: number
  readonly to?: string
  readonly reason?: string
  readonly until?: string
  readonly guard?: string
  readonly site?: string
  readonly region?: string
  readonly role?: string
  readonly stream?: string
  readonly err?: { readonly message?: string }
}

/** What is so when a guard rests. */
const rests: Readonly<Record<string, string>> = {
  self_suspicion: 'a reference or most nodes answer again: who fails from now on is removed',
  origin: 'the stream goes on somewhere',
  removal_budget: 'nobody who fails is kept any more',
  spill: 'the site has a node again and its clients back',
  fail_open: 'every client has a node again',
}

/**
 * One line of the log (JSON) in a sentence; null for what a demo need not tell.
 * @param slowStartMs how long a node that came back takes to be given all its clients
 */
export function narrate(text: string, slowStartMs: number): string | null {
  const line = JSON.parse(text) as Line
  const { event, level, msg, guard = '', reason, err } = line
  switch (event) {
    case 'health.verdict':
      if (line.to === 'down') return `${whoOf(line)} is out of the answers: ${reason}`
      return `${whoOf(line)} is back in the answers${slowStart(slowStartMs)}`
    case 'health.held_out':
      return `${whoOf(line)} fell too often: it is held out until ${line.until}, or longer if it falls again`
    case 'health.slow_start_over':
      return `${whoOf(line)} has all its clients again`
    case 'health.first_round_late':
      return `${msg}`
    case 'guard.acts':
      return `${placeOf(line)}${msg}`
    case 'guard.rests':
      return `${placeOf(line)}${rests[guard] ?? `${guard} rests`}`
    case 'guard.kept':
      return `${whoOf(line)} fails (${reason}) and stays in the answers`
    case 'reload.refused':
      return `the changed configuration is refused, the old one stays:\n${err?.message}`
    case 'reload.started':
      return 'the configuration is read again'
    default:
      if (level === 'info') return null
      return [event, msg, err?.message].filter((part) => part !== undefined).join(': ')
  }
}

function slowStart(ms: number): string {
  return ms === 0 ? '' : `: for a tenth of its clients, and for all of them in ${ms / 1000} s`
}

function whoOf({ node, family }: Line): string {
  return family === 6 ? `${node} over IPv6` : String(node)
}

/** What a guard is at work on: `fra, origins, IPv4: `. */
function placeOf({ site, region, role, family, stream }: Line): string {
  const parts = [site ?? region, role && `${role}s`, stream, family && `IPv${family}`].filter(Boolean)
  return parts.length === 0 ? '' : `${parts.join(', ')}: `
}
