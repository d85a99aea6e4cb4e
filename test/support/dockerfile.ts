// Reads the instructions of a Dockerfile that ours uses. Knows nothing of what they do.

export type Step =
  | { readonly kind: 'workdir'; readonly path: string }
  | { readonly kind: 'copy'; readonly from: string | null; readonly sources: readonly string[]; readonly to: string }
  | { readonly kind: 'run'; readonly command: string }
  | { readonly kind: 'env'; readonly values: Readonly<Record<string, string>> }
  | { readonly kind: 'user'; readonly user: string }

/** One `FROM` with all that follows it. */
export interface Stage {
  readonly base: string
  readonly name: string | null
  readonly steps: Step[]
  healthcheck: readonly string[] | null
  entrypoint: readonly string[]
  command: readonly string[]
}

/** The stages in their order. Throws on an instruction it does not know, so none is passed over. */
export function parseDockerfile(text: string): Stage[] {
  const stages: Stage[] = []
  const lines = text
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
  for (const line of lines.filter((each) => each !== '')) {
    const [, instruction, rest] = /^([A-Z]+) (.+)$/.exec(line) ?? []
    if (instruction === 'FROM') {
      const [base, , name] = rest.split(' ')
      stages.push({ base, name: name ?? null, steps: [], healthcheck: null, entrypoint: [], command: [] })
    } else {
      follow(stages[stages.length - 1], instruction, rest, line)
    }
  }
  return stages
}

function follow(stage: Stage, instruction: string | undefined, rest: string, line: string): void {
  const words = rest?.split(' ') ?? []
  if (instruction === 'WORKDIR') stage.steps.push({ kind: 'workdir', path: rest })
  else if (instruction === 'RUN') stage.steps.push({ kind: 'run', command: rest })
  else if (instruction === 'USER') stage.steps.push({ kind: 'user', user: rest })
  else if (instruction === 'ENV') {
    stage.steps.push({ kind: 'env', values: Object.fromEntries(words.map((word) => word.split('=', 2))) })
  } else if (instruction === 'COPY') {
    const from = words[0].startsWith('--from=') ? (words.shift()?.slice('--from='.length) ?? null) : null
    stage.steps.push({ kind: 'copy', from, sources: words.slice(0, -1), to: words[words.length - 1] })
  } else if (instruction === 'HEALTHCHECK') stage.healthcheck = jsonAfter('CMD ', rest)
  else if (instruction === 'ENTRYPOINT') stage.entrypoint = jsonAfter('', rest)
  else if (instruction === 'CMD') stage.command = jsonAfter('', rest)
  else if (instruction !== 'EXPOSE' && instruction !== 'STOPSIGNAL') throw new Error(`unknown instruction: ${line}`)
}

function jsonAfter(word: string, text: string): string[] {
  return JSON.parse(text.slice(text.indexOf(`${word}[`) + word.length)) as string[]
}
