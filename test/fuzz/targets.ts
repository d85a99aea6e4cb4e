// Every target by its name. Knows none of them.
import { answerTarget } from './answers.ts'
import { asnCsvTarget, mmdbTarget } from './databases.ts'
import { framingTarget } from './framing.ts'
import type { Target } from './target.ts'
import { csvTarget, prefixTarget, rdataTarget, yamlTarget } from './texts.ts'
import { zoneFileTarget } from './zone-files.ts'

const makers: Readonly<Record<string, () => Target | Promise<Target>>> = {
  udp: () => answerTarget('udp'),
  tcp: () => answerTarget('tcp'),
  signed: () => answerTarget('udp', true),
  signedTcp: () => answerTarget('tcp', true),
  framing: framingTarget,
  yaml: yamlTarget,
  zone: zoneFileTarget,
  mmdb: mmdbTarget,
  asn: asnCsvTarget,
  csv: csvTarget,
  prefix: prefixTarget,
  rdata: rdataTarget,
}

export const targetNames: readonly string[] = Object.keys(makers)

export async function makeTarget(name: string): Promise<Target> {
  const maker = makers[name]
  if (maker === undefined) throw new Error(`there is no target ${name}, only ${targetNames.join()}`)
  return await maker()
}

/** Each target's part of the inputs of a run; what waits for a disk or a socket gets less. */
export const weights: Readonly<Record<string, number>> = {
  udp: 500,
  tcp: 200,
  signed: 100,
  signedTcp: 100,
  framing: 4,
  yaml: 2,
  zone: 60,
  mmdb: 40,
  asn: 4,
  csv: 50,
  prefix: 60,
  rdata: 60,
}
