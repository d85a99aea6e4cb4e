// Finds a Node that runs our TypeScript as it is: the running one from 24 on, else the one in the dependencies.
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const oldest = 24

/** The path of a Node 24 or later; throws with what to do when there is none. */
export function pinnedNode() {
  if (Number(process.versions.node.split('.')[0]) >= oldest) return process.execPath
  const name = `node-${process.platform}-${process.arch}`
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), 'bin', 'node')
  } catch {
    throw new Error(
      `Nearcast needs Node ${oldest} or later; this is ${process.version} and the package ${name} is not installed.\n` +
        `Run 'npm ci' without --omit=optional, or install Node ${oldest}.`,
    )
  }
}
