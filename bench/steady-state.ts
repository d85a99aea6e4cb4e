// Answers until all code is optimised, then a million times more, while V8 says what it deoptimises. Run by deopt.ts.
import { usual } from './fleet.ts'
import { allocation, time } from './harness.ts'
import { answerBenches, signedBench, smallSetting, worldSetting } from './micro.ts'

const [size, queries] = process.argv.slice(2)
const setting = size === 'world' ? await worldSetting(usual) : await smallSetting(size === 'signed')
const bench = size === 'signed' ? signedBench(setting) : answerBenches(setting)[0]

/** Called with numbers until it is optimised for them, and once with a text: V8's line on that parts warm-up from steady state. */
function steadyStateBegins(value: unknown): number {
  return typeof value === 'number' ? value + 1 : String(value).length
}

time([bench], { rounds: 10, operations: 100_000 })
allocation(bench, 10_000)
let sum = 0
for (let i = 0; i < 10_000_000; i++) sum += steadyStateBegins(i)
sum += steadyStateBegins('now')
const { operations, grownBytes } = allocation(bench, Number(queries))
console.log(`RESULT ${JSON.stringify({ operations, grownBytes, sum })}`)
