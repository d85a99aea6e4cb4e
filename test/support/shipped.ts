// A copy of the shipped configuration on ports of its own, so that tests meet neither each other nor a running demo.
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { repository } from './command.ts'
import { freePort } from './free-port.ts'

/** The ports that the shipped configuration names: DNS, admin, edges. */
const shippedPorts = ['5300', '8053', '8080'] as const

export interface Shipped {
  /** Holds config/, geo-data/ and bin/, as the repository does. */
  readonly directory: string
  /** A text that names the shipped ports, with those of this copy; and the other way round. */
  readonly moved: (text: string) => string
  readonly back: (text: string) => string
  /** Writes a changed copy of config/nearcast.yaml; returns its path in the directory. */
  edit(change: (text: string) => string): Promise<string>
  remove(): Promise<void>
}

export async function copyShipped(): Promise<Shipped> {
  const directory = await mkdtemp(join(tmpdir(), 'nearcast-shipped-'))
  const ports: (readonly [string, string])[] = []
  for (const port of shippedPorts) ports.push([port, String(await freePort())])
  const moved = (text: string): string => ports.reduce((result, [from, to]) => result.replaceAll(from, to), text)
  const back = (text: string): string => ports.reduce((result, [from, to]) => result.replaceAll(to, from), text)

  await cp(join(repository, 'config'), join(directory, 'config'), { recursive: true })
  for (const name of ['bin', 'geo-data']) await symlink(join(repository, name), join(directory, name))
  const path = join(directory, 'config', 'nearcast.yaml')
  const original = moved(await readFile(path, 'utf8'))
  await writeFile(path, original)
  return {
    directory,
    moved,
    back,
    edit: async (change) => {
      const changed = change(original)
      if (changed === original)
        throw new Error('the change changes nothing: the shipped configuration reads otherwise now')
      await writeFile(join(directory, 'config', 'edited.yaml'), changed)
      return 'config/edited.yaml'
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  }
}
