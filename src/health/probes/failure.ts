// Turns what sockets, TLS and the HTTP parser throw into outcomes. Knows error codes only; must not know which probe ran.
import type { Outcome, Reason } from '../observation.ts'

const reasons: Readonly<Record<string, Reason>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  ECONNABORTED: 'reset',
  EPIPE: 'reset',
  ETIMEDOUT: 'timeout',
  // Of our own routes or firewall, or the far network's word; either way the address cannot be reached from here.
  ENETUNREACH: 'unreachable',
  ENETDOWN: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  EAFNOSUPPORT: 'unreachable',
  EINVAL: 'unreachable',
  EACCES: 'unreachable',
  EPERM: 'unreachable',
  // Ours alone: no more descriptors or buffers.
  EMFILE: 'local',
  ENFILE: 'local',
  ENOBUFS: 'local',
  ENOMEM: 'local',
  CERT_HAS_EXPIRED: 'tls_expired',
  CERT_NOT_YET_VALID: 'tls_expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'tls_name',
  HOSTNAME_MISMATCH: 'tls_name',
  CERT_CHAIN_TOO_LONG: 'tls_chain',
  CERT_REJECTED: 'tls_chain',
  CERT_REVOKED: 'tls_chain',
  CERT_SIGNATURE_FAILURE: 'tls_chain',
  CERT_UNTRUSTED: 'tls_chain',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls_chain',
  INVALID_CA: 'tls_chain',
  INVALID_PURPOSE: 'tls_chain',
  PATH_LENGTH_EXCEEDED: 'tls_chain',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls_chain',
  UNABLE_TO_GET_ISSUER_CERT: 'tls_chain',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'tls_chain',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'tls_chain',
  ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL: 'tls_alpn',
}

/** Thrown by a try that can tell why it failed. */
export class ProbeError extends Error {
  readonly reason: Reason

  constructor(reason: Reason, detail: string) {
    super(detail)
    this.reason = reason
  }
}

const longestDetail = 200

/** A failed outcome; the detail becomes one line of printable text of bounded length. */
export function failed(reason: Reason, detail: string): Outcome {
  const printable = detail.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
  return { ok: false, reason, detail: printable.slice(0, longestDetail) }
}

/** The outcome an error stands for; whatever has no reason of its own is a breach of protocol by the other side. */
export function failedBy(error: Error): Outcome {
  const { code } = error as NodeJS.ErrnoException
  return failed((code !== undefined && reasons[code]) || 'protocol', error.message || code || error.name)
}
