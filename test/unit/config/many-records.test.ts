// One name with more records than a message holds: told, and not slower than other files. The deadline is for what is quadratic.
import { describe, expect, it } from 'vitest'
import { sayings } from './load-files.ts'

describe('a name with very many records', () => {
  const addresses = (count: number): string[] =>
    Array.from({ length: count }, (_, i) => `many A 10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`)
  const from = "      - 'status CNAME status.example.org.'"
  const listed = (records: readonly string[]): string => records.map((record) => `      - '${record}'`).join('\n')

  it('is refused at once where no message holds them', async () => {
    const started = performance.now()
    const { problems, warnings } = await sayings({ title: '', from, to: listed(addresses(20_000)) })
    expect(problems).toEqual([
      '27:9: many.live.example.net. A takes more than 60000 octets, and one message must hold it: keep fewer records',
    ])
    expect(warnings).toEqual([])
    expect(performance.now() - started).toBeLessThan(10_000)
  })

  it('may have as many as one message holds, each of them once', async () => {
    const { problems, warnings } = await sayings({
      title: '',
      from,
      to: listed([...addresses(3750), 'many A 10.0.0.7']),
    })
    expect(problems).toEqual([])
    expect(warnings).toEqual(['3777:9: many.live.example.net. A is written twice, first at 27:9'])
  })
})
