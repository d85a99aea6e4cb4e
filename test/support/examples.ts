// The examples of a Markdown page: fenced `console` blocks, where `$ ` begins a command and what follows is what it prints.
// `...` stands for any text inside a line, and alone on a line for any lines.

export interface Example {
  readonly command: string
  /** Without the last line feed. */
  readonly printed: string
  /** Of the command, from 1. */
  readonly line: number
}

/** Every example of the page, in its order. */
export function examplesOf(markdown: string): Example[] {
  const examples: { command: string; printed: string[]; line: number }[] = []
  let inside = false
  for (const [index, line] of markdown.split('\n').entries()) {
    if (line.startsWith('```')) inside = line === '```console'
    else if (inside && line.startsWith('$ ')) examples.push({ command: line.slice(2), printed: [], line: index + 1 })
    else if (inside) examples.at(-1)?.printed.push(line)
  }
  return examples.map(({ printed, ...example }) => ({ ...example, printed: printed.join('\n').trimEnd() }))
}

/** Whether a command printed what the example shows, blanks at the ends of lines apart. */
export function isPrinted({ printed }: Example, text: string): boolean {
  const lines = printed.split('\n').map((line) => (line === '...' ? '(?:.*\n)*' : `${lineExpectation(line)}\n`))
  return new RegExp(`^${lines.join('')}$`).test(`${text.replaceAll(/[ \t]+$/gm, '').trimEnd()}\n`)
}

function lineExpectation(line: string): string {
  const parts = line.trimEnd().split('...')
  return parts.map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('.*')
}
