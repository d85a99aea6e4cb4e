// How much of the query path V8 compiles as one function. Knows nothing of what is compiled.
import { setFlagsFromString } from 'node:v8'

/**
 * V8's limits are made for pages with much code of which little is hot; here it is the other way round. With these, all that an
 * answer calls is compiled into `answer`: 368 ns become 269 with warm caches, 762 become 616 with cold ones.
 */
const limits = [
  '--max-inlined-bytecode-size=1500',
  '--max-inlined-bytecode-size-cumulative=8000',
  '--max-inlined-bytecode-size-absolute=20000',
]

/** Raises V8's limits on inlining for the whole process: for code that gets hot after this. */
export function inlineQueryPath(): void {
  for (const limit of limits) setFlagsFromString(limit)
}
