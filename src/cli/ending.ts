// Waits for the signal that ends a long-running command. Knows no command.

const endings = ['SIGINT', 'SIGTERM'] as const
/** A terminal and whoever started us may both pass on one Ctrl-C; a person needs longer for a second. */
const oneKeyMs = 300

/** Resolves at the first SIGINT or SIGTERM; from then on the next one has its usual, immediate effect. */
export function nextEnding(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const end = (signal: NodeJS.Signals): void => {
      resolve(signal)
      setTimeout(() => endings.forEach((one) => process.off(one, end)), oneKeyMs).unref()
    }
    for (const one of endings) process.on(one, end)
  })
}
