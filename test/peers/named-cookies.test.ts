// BIND and Nearcast behind one address: with the same secret each takes the cookies of the other. A real named on loopback.
import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { slot } from '../../src/telemetry/counters.ts'
import { query } from '../support/ask.ts'
import { cookieIn, cookieWorld } from '../support/cookie-world.ts'
import { readAnswer, type AnswerText } from '../support/dns-answer.ts'
import { freePort } from '../support/free-port.ts'
import { findProgram, isMissing } from './tools.ts'

const secret = 'e5e973e5a6b2a43f48e7dc849e37bfcf'
const clientCookie = '2464c4abcf10c957'
const name = 'play.live.example.net'
const resolver = '127.0.0.1'

/** Answers without a valid server cookie are BADCOOKIE there. */
function configuration(directory: string, port: number): string {
  return `
options {
  directory "${directory}";
  pid-file none;
  session-keyfile none;
  listen-on port ${port} { 127.0.0.1; };
  listen-on-v6 { none; };
  recursion no;
  dnssec-validation no;
  cookie-algorithm siphash24;
  cookie-secret "${secret}";
  require-server-cookie yes;
};
controls { };
zone "live.example.net" { type primary; file "zone"; };
`
}

describe.skipIf(isMissing('named', { named: 'bind9' }))('named with our secret', () => {
  let port = 0
  let stop: () => Promise<void> = async () => {}

  beforeAll(async () => {
    const directory = mkdtempSync(join(tmpdir(), 'nearcast-named-'))
    port = await freePort()
    writeFileSync(
      join(directory, 'zone'),
      '@ 60 SOA ns1 host 1 60 60 60 60\n@ 60 NS ns1\nns1 60 A 192.0.2.53\nplay 60 A 192.0.2.1\n',
    )
    writeFileSync(join(directory, 'named.conf'), configuration(directory, port))
    const words = ['-g', '-n', '1', '-c', join(directory, 'named.conf')]
    const child = spawn(findProgram('named') ?? 'named', words, { stdio: ['ignore', 'ignore', 'pipe'] })
    const ended = once(child, 'close')
    const said: string[] = []
    await new Promise<void>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', () => reject(new Error(`named did not start: ${said.join('\n')}`)))
      createInterface(child.stderr).on('line', (line) => {
        said.push(line)
        if (line.endsWith(' running')) resolve()
      })
    })
    stop = async () => {
      child.kill()
      await ended
      rmSync(directory, { recursive: true, force: true })
    }
  }, 60_000)
  afterAll(() => stop())

  async function askNamed(cookie: string): Promise<AnswerText> {
    const socket = createSocket('udp4')
    socket.send(query({ name, cookie }), port, '127.0.0.1')
    const [message] = (await once(socket, 'message')) as [Buffer]
    socket.close()
    return readAnswer(message)
  }

  it('takes a cookie that Nearcast made, and refuses one of another secret', async () => {
    const now = Math.floor(Date.now() / 1000)
    const ours = cookieIn(cookieWorld({ current: secret }, now).ask({ name, cookie: clientCookie, resolver })) ?? ''
    const others = cookieWorld({ current: secret.replace('e5', 'e6') }, now)
    const foreign = cookieIn(others.ask({ name, cookie: clientCookie, resolver })) ?? ''
    expect((await askNamed(ours)).rcode).toBe('NOERROR')
    expect((await askNamed(foreign)).rcode).toBe('BADCOOKIE')
  })

  it('makes cookies that Nearcast takes', async () => {
    const refused = await askNamed(clientCookie)
    expect(refused.rcode).toBe('BADCOOKIE')
    const cookie = cookieIn(refused) ?? ''
    const { ask, state } = cookieWorld({ current: secret }, Math.floor(Date.now() / 1000))
    ask({ name, cookie, resolver })
    expect(state.counters[slot.cookies.valid]).toBe(1)
  })
})
