// Limits of this process, set while it runs.
import koffi from 'koffi'

/** <sys/resource.h> of Linux */
const RLIMIT_NOFILE = 7

const libc = koffi.load(null)
const getrlimit = libc.func('int getrlimit(int, void *)') as (resource: number, limit: BigUint64Array) => number
const setrlimit = libc.func('int setrlimit(int, void *)') as (resource: number, limit: BigUint64Array) => number

/** Lets no descriptor from this one up be opened any more; those that are open stay. Returns what undoes it. */
export function limitDescriptors(to: number): () => void {
  const before = new BigUint64Array(new ArrayBuffer(16))
  if (getrlimit(RLIMIT_NOFILE, before) !== 0) throw new Error(`getrlimit: errno ${koffi.errno()}`)
  const set = (limit: BigUint64Array): void => {
    if (setrlimit(RLIMIT_NOFILE, limit) !== 0) throw new Error(`setrlimit: errno ${koffi.errno()}`)
  }
  const now = new BigUint64Array(new ArrayBuffer(16))
  now.set([BigInt(to), before[1]])
  set(now)
  return () => set(before)
}
