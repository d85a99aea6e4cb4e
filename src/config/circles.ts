// Follows CNAMEs over all zones, static ones and those that services make, and says which lead back. Knows no YAML and no pick.
import { Type } from '../wire/constants.ts'
import type { Place, Report } from './problem.ts'
import type { ServedNames } from './served-names.ts'
import { textOf } from './zone-owner.ts'

/** A name that a service may answer with. */
export interface ServiceTarget {
  /** With the final dot, lower case. */
  readonly name: string
  readonly place: Place
}

/** By key of a service that answers with names: all it may give, as any node of its pool may be picked. */
export type ServiceTargets = ReadonlyMap<string, readonly ServiceTarget[]>

/** One way on; `place` is where the record or the target stands, null from a steered name to its service. */
interface Link {
  readonly to: string
  readonly place: Place | null
  readonly prefix: string
}

/** What is being followed: names, and between them services, so that many names of one service cost no more than one. */
interface Step {
  readonly at: string
  /** null at the start. */
  readonly by: Link | null
  readonly links: readonly Link[]
  next: number
}

const nowhere: readonly Link[] = []
/** Names of a circle that are shown. */
const mostShown = 8

/** Says each circle once, at the record or the target that closes it. */
export function checkCircles(names: ServedNames, services: ServiceTargets, report: Report): void {
  const follower = new Follower(names, services, report)
  for (const key of services.keys()) follower.follow(vertexOf(key))
  for (const { owners } of names.zones) {
    for (const [name, { sets }] of owners) if (sets.has(Type.CNAME)) follower.follow(name)
  }
}

class Follower {
  readonly #names: ServedNames
  readonly #services: ServiceTargets
  readonly #vertices: ReadonlyMap<string, readonly Link[]>
  readonly #report: Report
  readonly #done = new Set<string>()

  constructor(names: ServedNames, services: ServiceTargets, report: Report) {
    this.#names = names
    this.#services = services
    this.#report = report
    this.#vertices = new Map(
      [...services].map(([key, targets]) => [
        vertexOf(key),
        targets.map(({ name, place }) => ({ to: name, place, prefix: 'target: ' })),
      ]),
    )
  }

  /** Goes every way from a name or a service that was not gone before. */
  follow(start: string): void {
    if (this.#done.has(start)) return
    const path: Step[] = []
    const open = new Map<string, number>()
    const enter = (at: string, by: Link | null): void => {
      open.set(at, path.length)
      path.push({ at, by, links: this.#linksOf(at), next: 0 })
    }
    enter(start, null)
    for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
      const link = step.links.at(step.next++)
      if (link === undefined) {
        this.#done.add(step.at)
        open.delete(step.at)
        path.pop()
        continue
      }
      const back = open.get(link.to)
      if (back !== undefined) this.#say(path.slice(back), link)
      else if (!this.#done.has(link.to)) enter(link.to, link)
    }
  }

  #linksOf(at: string): readonly Link[] {
    const targets = this.#vertices.get(at)
    if (targets !== undefined) return targets
    const found = this.#names.find(at)
    if (found.as !== 'exact' && found.as !== 'wildcard') return nowhere
    const { steered, sets } = found.owner
    if (steered !== null && this.#services.has(steered.name.service)) {
      return [{ to: vertexOf(steered.name.service), place: null, prefix: '' }]
    }
    const alias = sets.get(Type.CNAME)
    return alias === undefined ? nowhere : [{ to: textOf(alias.rdatas[0]), place: alias.place, prefix: '' }]
  }

  #say(circle: readonly Step[], closing: Link): void {
    const links = [...circle.slice(1).map(({ by }) => by), closing]
    const last = links.findLast((link) => link !== null && link.place !== null)
    if (!last?.place) return
    const around = circle.map(({ at }) => at)
    if (this.#vertices.has(around[0])) around.push(...around.splice(0, 1))
    const shown = [...shortened(around), around[0]].join(' → ')
    this.#report.problem(last.place, `${last.prefix}CNAMEs go round in a circle: ${shown}`)
  }
}

function shortened(around: readonly string[]): readonly string[] {
  if (around.length <= mostShown) return around
  return [...around.slice(0, mostShown - 1), `${around.length - mostShown + 1} more`]
}

/** No name has a blank in it. */
function vertexOf(service: string): string {
  return `service ${service}`
}
