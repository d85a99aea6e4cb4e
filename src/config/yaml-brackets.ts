// Which bracket or quote of a piece of YAML stays open. Knows tokens only as far as that takes, and no indentation.

const closings: Readonly<Record<string, string>> = { '[': ']', '{': '}' }

interface Opened {
  readonly mark: string
  readonly closing: string
  readonly offset: number
}

/** The innermost bracket, or the quote, that is opened and not closed until the end of the text; null when all are. */
export function openedLast(text: string): Opened | null {
  const open: Opened[] = []
  let at = 0
  // Brackets, commas and quotes begin something only where a value may begin, or anywhere inside brackets.
  let fresh = true
  while (at < text.length) {
    const mark = text[at]
    if ((mark === '"' || mark === "'") && fresh) {
      const end = quoteEnd(text, at)
      if (end < 0) return { mark, closing: mark, offset: at }
      at = end
      fresh = false
    } else if (mark === '#' && (at === 0 || /\s/.test(text[at - 1]))) {
      const end = text.indexOf('\n', at)
      at = end < 0 ? text.length : end
    } else {
      if (closings[mark] !== undefined && (fresh || open.length > 0))
        open.push({ mark, closing: closings[mark], offset: at })
      else if (mark === open.at(-1)?.closing) open.pop()
      fresh = beginsAfter(text, at, fresh, open.length > 0)
    }
    at++
  }
  return open.at(-1) ?? null
}

/** Whether a value may begin after the character at `at`. */
function beginsAfter(text: string, at: number, fresh: boolean, inBrackets: boolean): boolean {
  const mark = text[at]
  if (mark === '\n') return true
  if (mark === ' ' || mark === '\t') return fresh || /[:-]/.test(text[at - 1] ?? '')
  return inBrackets && /[[{,]/.test(mark)
}

/** The offset of the quote that closes the one at `start`; -1 when there is none. */
function quoteEnd(text: string, start: number): number {
  const quote = text[start]
  for (let at = start + 1; at < text.length; at++) {
    if (quote === '"' && text[at] === '\\') at++
    else if (text[at] !== quote) continue
    else if (quote === "'" && text[at + 1] === quote) at++
    else return at
  }
  return -1
}
