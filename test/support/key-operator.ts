// Who rolls the keys of a simulated zone, and the parent that holds its DS: both late, both by what the product tells them.
import { wantedKeys } from '../../src/cli/delegation/wanted.ts'
import type { KeyOnDisk } from '../../src/zone/key-directory.ts'
import type { Dnssec } from '../../src/zone/model.ts'
import { Algorithm } from '../../src/zone/signing/algorithm.ts'
import { Flags, isEntryPoint } from '../../src/zone/signing/dnskey.ts'
import { isPublished } from '../../src/zone/signing/key-times.ts'
import { planFirst, planRetire, planRoll, type RollTimings } from '../../src/zone/signing/rollover.ts'
import { apex, day, ServerLife, tagKey, Track, type Chance, type Clock, type Told } from './key-life.ts'
import { dnssec as dnssecOf } from './signed-world.ts'

const hour = 3600

/** How the parent comes to a DS: the operator gives it, adding the new one before the old one goes or not; by CDS; never. */
export type Following = 'replaced' | 'added' | 'cds' | 'never'

export interface Life {
  readonly clock: Clock
  readonly chance: Chance
  readonly timings: RollTimings
  readonly validitySeconds: number
  readonly following: Following
  readonly split: boolean
}

export class Parent {
  readonly servers: readonly Track<readonly string[]>[]
  readonly #life: Life
  #turn = 0

  constructor(life: Life) {
    this.#life = life
    this.servers = [new Track<readonly string[]>(), new Track<readonly string[]>()]
    for (const server of this.servers) server.set(life.clock.now, [])
  }

  /** What its servers show now, each by itself. */
  get shown(): (readonly string[])[] {
    return this.servers.map((server) => server.spans.at(-1)?.value ?? [])
  }

  shows(keys: readonly string[]): boolean {
    return this.shown.every((one) => one.length === keys.length && keys.every((key) => one.includes(key)))
  }

  publish(keys: readonly string[]): void {
    const { clock, chance } = this.#life
    const turn = ++this.#turn
    for (const server of this.servers) {
      clock.at(clock.now + chance.between(0, hour), () => {
        if (turn === this.#turn) server.set(clock.now, keys.toSorted())
      })
    }
  }
}

export class Operator {
  readonly servers: readonly ServerLife[]
  readonly parent: Parent
  /** What was done when, for who has to understand what went wrong. */
  readonly told: string[] = []
  readonly #life: Life
  #dnssec: Dnssec | null = null
  #keys: readonly KeyOnDisk[] = []
  #made = 0
  #algorithm: keyof typeof Algorithm = 'ecdsap256'
  /** Another step is not over. */
  #busy = false
  /** The registrar was asked for something that is not done yet. */
  #isOrdered = false

  constructor(life: Life) {
    const { clock, chance, timings } = life
    this.#life = life
    this.servers = [1, 2].map(() => new ServerLife(clock, chance, timings))
    this.parent = new Parent(life)
    this.#generate()
    if (life.following === 'cds') this.#poll()
    if (life.following === 'replaced' || life.following === 'added') this.#look()
    this.#next()
  }

  #say(what: string): void {
    this.told.push(`${this.#life.clock.now} ${what}`)
  }

  readonly #now = (): Told => ({ dnssec: this.#dnssec, keys: this.#keys })

  #tell(atOnce: boolean): void {
    for (const server of this.servers) server.tell(this.#now, atOnce)
  }

  #configure(leave: boolean): void {
    const { timings, validitySeconds } = this.#life
    this.#dnssec = dnssecOf({ ...timings, validitySeconds, leave, algorithm: this.#algorithm })
  }

  #generate(): void {
    const { clock, timings, split } = this.#life
    const times = planFirst(timings, clock.now)
    const number = Algorithm[this.#algorithm]
    const entry = tagKey(number, Flags.zone | Flags.entryPoint, times, ++this.#made)
    const zone = split ? [tagKey(number, Flags.zone, { ...times, syncPublish: null }, ++this.#made)] : []
    this.#keys = [entry, ...zone]
    this.#configure(false)
    this.#say(`generate ${this.#keys.map(({ key }) => key.keyTag).join(' ')}`)
    const late = isPunctual(this.#life.following) ? timings.propagationSeconds : 3 * day
    for (const server of this.servers) server.tell(this.#now, true, late)
  }

  /** Something is done from time to time, often soon after something else. */
  #next(): void {
    const { clock, chance } = this.#life
    const wait = chance.oneOf([1, hour, 6 * hour, 5 * day, 20 * day])
    clock.at(clock.now + chance.between(1, wait), () => {
      if (!this.#busy) this.#step()
      this.#next()
    })
  }

  #step(): void {
    const { chance, following } = this.#life
    const what = chance.oneOf(['roll', 'roll', 'roll', 'retire', 'leave', 'unsign'] as const)
    if (what === 'roll') this.#roll()
    else if (what === 'retire') this.#retire()
    else if (following !== 'never' || chance.oneOf([true, false])) this.#leave(what === 'unsign')
  }

  #roll(): void {
    const { clock, chance, timings } = this.#life
    const { now } = clock
    const old = chance.oneOf(this.#keys.filter(({ times }) => isPublished(times, now)))
    const plan = planRoll(this.#keys, old, timings, now)
    if ('refused' in plan) return
    const fresh = tagKey(old.key.algorithm, old.key.flags, plan.successorTimes, ++this.#made)
    this.#say(`roll ${old.key.keyTag} to ${fresh.key.keyTag}`)
    this.#keys = [...this.#keys.filter((one) => one !== old), { ...old, times: plan.oldTimes }, fresh]
    this.#tell(chance.oneOf([true, false]))
    if (isEntryPoint(old.key) && chance.oneOf([true, false])) this.#watch(fresh)
  }

  /** Ends the roll as soon as the parent shows the successor alone. */
  #watch(fresh: KeyOnDisk): void {
    const { clock, chance } = this.#life
    if (!this.#keys.some(({ file }) => file === fresh.file)) return
    const isReady = !this.#busy && this.parent.shows([nameOf(fresh)])
    if (isReady && this.#keys.some(({ file }) => this.#retire(file))) return
    clock.at(clock.now + chance.between(60, hour), () => this.#watch(fresh))
  }

  /** With `--ds-replaced` only when that is so. */
  #retire(which?: string): boolean {
    const { clock, chance, timings } = this.#life
    const published = this.#keys.filter(({ times }) => isPublished(times, clock.now))
    const old = published.find(({ file }) => file === which) ?? chance.oneOf(published)
    const plan = planRetire(this.#keys, old, timings, clock.now)
    if ('refused' in plan) return false
    const { successor, successorTimes, oldTimes } = plan
    if (isEntryPoint(old.key) && !this.parent.shows([nameOf(successor)])) return false
    this.#say(`retire ${old.key.keyTag} for ${successor.key.keyTag}`)
    const others = this.#keys.filter((one) => one !== old && one !== successor)
    this.#keys = [...others, { ...old, times: oldTimes }, { ...successor, times: successorTimes }]
    this.#tell(chance.oneOf([true, false]))
    return true
  }

  /** Leaves, and comes back at once, or by way of an unsigned zone, or with keys of another algorithm. */
  #leave(unsign: boolean): void {
    const { clock, chance } = this.#life
    this.#busy = true
    this.#configure(true)
    this.#say('leave')
    this.#tell(true)
    const { propagationSeconds, keyTtlSeconds } = this.#life.timings
    // Until then the parent may read a CDS of before, and give the DS again; it takes an hour itself.
    const forgotten = clock.now + propagationSeconds + keyTtlSeconds + hour
    if (unsign) return clock.at(forgotten + 1, () => this.#awaitGone())
    clock.at(clock.now + chance.between(hour, 5 * day), () => {
      this.#configure(false)
      this.#say('stay')
      this.#tell(true)
      this.#busy = false
    })
  }

  #awaitGone(): void {
    const { clock, chance, timings } = this.#life
    if (this.#isOrdered || !this.parent.shows([])) return clock.at(clock.now + hour, () => this.#awaitGone())
    clock.at(clock.now + timings.parentDsTtlSeconds + chance.between(0, day), () => {
      this.#algorithm = chance.oneOf(['ecdsap256', 'ed25519'] as const)
      if (chance.oneOf([true, false])) return this.#comeBack()
      this.#say('unsigned')
      this.#dnssec = null
      this.#tell(true)
      clock.at(clock.now + chance.between(timings.propagationSeconds + 1, 10 * day), () => this.#comeBack())
    })
  }

  /** With new keys, as the old ones' times say that their DS may be published at once. */
  #comeBack(): void {
    this.#generate()
    this.#busy = false
  }

  /** What the parent reads as CDS: of any server, perhaps as a cache has it. */
  #poll(): void {
    const { clock, chance, timings } = this.#life
    const age = chance.between(0, timings.keyTtlSeconds)
    const named = chance.oneOf(this.servers).cds.at(clock.now - age)
    if (named !== undefined) {
      const keys = (named ?? []).map((tag) => this.#nameOfTag(tag))
      if (!this.parent.shows(keys)) {
        this.#say(`parent reads CDS ${keys.join(' ')}`)
        this.parent.publish(keys)
      }
    }
    clock.at(clock.now + chance.between(600, 2 * day), () => this.#poll())
  }

  readonly #names = new Map<number, string>()
  #nameOfTag(tag: number): string {
    for (const one of this.#keys) this.#names.set(one.key.keyTag, nameOf(one))
    return this.#names.get(tag) ?? `0/${tag}`
  }

  /** The operator looks what `nearcast delegation` wants, and gives it to the registrar, which takes its time. */
  #look(): void {
    const { clock, chance } = this.#life
    const keys = this.#wanted()
    const again = (): void => clock.at(clock.now + chance.between(hour, 3 * day), () => this.#look())
    if (keys === null) return again()
    this.#isOrdered = true
    clock.at(clock.now + chance.between(0, 2 * day), () => {
      this.#say(`parent is given ${keys.join(' ')}`)
      this.parent.publish(keys)
      clock.at(clock.now + hour, () => {
        this.#isOrdered = false
        again()
      })
    })
  }

  #wanted(): string[] | null {
    const { clock, following } = this.#life
    const zone = { apex, dnssec: this.#dnssec }
    const shown = this.parent.shown[0]
    if (this.#dnssec?.leave === true) return shown.length === 0 ? null : []
    if (this.#dnssec === null) return null
    const given = wantedKeys(zone, this.#keys, clock.now).filter(({ state }) => state === 'give')
    const isLong = given.every(({ key, keyTag, waitSeconds }) =>
      this.servers.every((server) => {
        const since = server.answeredSince(`${key.algorithm}/${keyTag}`)
        return since !== null && clock.now >= since + (waitSeconds ?? Infinity)
      }),
    )
    if (given.length === 0 || !isLong) return null
    const keys = given.map(({ key, keyTag }) => `${key.algorithm}/${keyTag}`)
    if (this.parent.shows(keys)) return null
    return following === 'added' && !keys.every((key) => shown.includes(key)) ? [...new Set([...shown, ...keys])] : keys
  }
}

/** Where the parent may read CDS by itself, all servers have to be reloaded at once with a new key, for its times reckon with that. */
export function isPunctual(following: Following): boolean {
  return following === 'cds' || following === 'never'
}

function nameOf({ key }: KeyOnDisk): string {
  return `${key.algorithm}/${key.keyTag}`
}
