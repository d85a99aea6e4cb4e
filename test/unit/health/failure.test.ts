// What errors are told apart, and that what a node says cannot leave its line. Opens no socket.
import { describe, expect, it } from 'vitest'
import { failed, failedBy } from '../../../src/health/probes/failure.ts'

describe('the outcome of an error', () => {
  it.each([
    ['ECONNREFUSED', 'refused'],
    ['ECONNRESET', 'reset'],
    ['EPIPE', 'reset'],
    ['ETIMEDOUT', 'timeout'],
    ['EHOSTUNREACH', 'unreachable'],
    ['EADDRNOTAVAIL', 'unreachable'],
    ['CERT_HAS_EXPIRED', 'tls_expired'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls_name'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'tls_chain'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'protocol'],
    ['HPE_INVALID_CONSTANT', 'protocol'],
  ])('%s is %s', (code, reason) => {
    const outcome = failedBy(Object.assign(new Error('it broke'), { code }))
    expect(outcome).toEqual({ ok: false, reason, detail: 'it broke' })
  })

  it.each(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'])('%s is ours, not the fault of a node', (code) => {
    expect(failedBy(Object.assign(new Error(), { code }))).toEqual({ ok: false, reason: 'local', detail: code })
  })
})

describe('a detail', () => {
  it('is one printable line', () => {
    expect(failed('protocol', 'a\r\n\u001b[31mb\u2028c\u202ed').detail).toBe('a [31mb c d')
  })

  it('has an end', () => {
    expect(failed('tls_name', 'x'.repeat(10_000)).detail).toHaveLength(200)
  })
})
