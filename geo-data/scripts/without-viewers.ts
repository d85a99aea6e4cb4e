// Which organisations have addresses but no viewers behind them, by their names. Must not know addresses.
import { readFileSync } from 'node:fs'
import { shortName } from './organisation-name.ts'

/** Kinds of organisation that are not carriers, wherever the word stands in a name. */
const kinds = new RegExp(
  [
    /universit|universid|uniwersytet|politech|politecn|colleg|\bschools?\b|\binstitut(e|ion)?\b|laborator|supercomput/,
    /board of (education|regents)|educat\w* service|\bbiblio|\blibrary\b|research council|\bcern\b|space agency/,
    /hospital|\bhealth|medical|clinic|\bpharma|\bbank\b|bancorp|insurance|\bministr|ministère|ministerio|government/,
    /\bgov\b|\bdepartment|\bdept\b|\bcounty\b|\bcity of\b|\bstate of\b|\bcommonwealth of\b|\bprovince of\b|defen[cs]e/,
    /\barmy\b|\bnavy\b|air force|\bdod\b|\bpolice|\bsenate\b|headquarters|administration$|\bairlines?\b|reserved as/,
    /^as\d+$|\bhost|hosting|cloud|\bservers?\b|\bvps|\bvpn\b|data ?cent(er|re)|\bcolo(cation)?\b|\bcdn\b|\bproxy/,
    /content delivery|domain names?|registrar|dedicated|web services/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'i',
)

/** Clouds, hosting, content networks, and companies larger than many carriers: their names begin so. */
const beginnings = readFileSync(new URL('without-viewers.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.toLowerCase())

/** Whether an organisation is no carrier, by its name. A beginning of seven letters or more may end inside a word. */
export function hasNoViewers(organisation: string): boolean {
  if (kinds.test(organisation)) return true
  const names = [organisation, shortName(organisation)].map((name) => `${name.toLowerCase()} `)
  for (const beginning of beginnings) {
    const start = beginning.length < 7 ? `${beginning} ` : beginning
    if (names.some((name) => name.startsWith(start))) return true
  }
  return false
}
