// A network of the test file's own, where port 53 is free and nothing leads out. Knows nothing of who talks in it.
import { execFileSync, spawnSync } from 'node:child_process'
import { readlinkSync } from 'node:fs'
import koffi from 'koffi'

const cloneNewNet = 0x40000000

/** Whether this process may make one. */
export function mayHaveOwnNetwork(): boolean {
  return spawnSync('unshare', ['--net', 'true']).status === 0
}

/**
 * Moves this thread, what it opens and what it starts from now on into a new network: nothing but a loopback with these addresses.
 * It ends with the process; vitest gives every test file one.
 * @throws when the kernel does not permit it
 */
export function enterOwnNetwork(addresses: readonly string[]): void {
  const unshare = koffi.load('libc.so.6').func('int unshare(int)') as (flags: number) => number
  const before = readlinkSync('/proc/thread-self/ns/net')
  if (unshare(cloneNewNet) !== 0 || readlinkSync('/proc/thread-self/ns/net') === before)
    throw new Error(`no network of our own: errno ${koffi.errno()}`)
  ip('link', 'set', 'lo', 'up')
  for (const address of addresses) ip('address', 'add', `${address}/${address.includes(':') ? 128 : 32}`, 'dev', 'lo')
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args)
}
