// Lets other threads of the process go first. Knows nothing of what they do.
import { setPriority } from 'node:os'

/** A ninth of the weight of a thread that is not nice; on an idle core no slower. */
const niceness = 10

/** Makes the calling thread give way to others. Where it cannot, nothing changes. */
export function beNice(): void {
  // On Linux 0 means the calling thread, elsewhere the whole process.
  if (process.platform !== 'linux') return
  try {
    setPriority(0, niceness)
  } catch {
    // Some sandboxes refuse it: the signer then has the same share as everybody.
  }
}
