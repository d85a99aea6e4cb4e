// Reads files that have an end: a pipe or a device in their place, which may keep a reader for ever, is refused at once.
import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs'
import { open } from 'node:fs/promises'

/** A pipe that nobody writes to would keep even opening it waiting. */
const flags = constants.O_RDONLY | constants.O_NONBLOCK

/**
 * Opens a file for reading; to be closed by who asked.
 * @throws what opening it throws, or that it is not a regular file; a directory is for reading to refuse
 */
export function openRegular(path: string): number {
  const descriptor = openSync(path, flags)
  try {
    refuseEndless(path, fstatSync(descriptor))
    return descriptor
  } catch (error) {
    closeSync(descriptor)
    throw error
  }
}

/** A file's bytes. Throws as openRegular does, or what reading it throws. */
export function readRegular(path: string): Buffer {
  const descriptor = openRegular(path)
  try {
    return readFileSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** The same while this thread does other things. */
export async function readRegularAside(path: string): Promise<Buffer> {
  const handle = await open(path, flags)
  try {
    refuseEndless(path, await handle.stat())
    return await handle.readFile()
  } finally {
    await handle.close()
  }
}

function refuseEndless(path: string, found: Stats): void {
  if (!found.isFile() && !found.isDirectory()) throw new Error(`${path} is not a regular file`)
}
