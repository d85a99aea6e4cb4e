// A signed zone below a root, its key trusted by resolvers that validate: every answer is secure, from whatever cache it comes.
import { describe } from 'vitest'
import { delegationContract } from './delegation.ts'
import { makeKey } from './keys.ts'
import { isMissing } from './tools.ts'

const tools = { 'dnssec-keygen': 'bind9-utils', 'dnssec-dsfromkey': 'bind9-utils', delv: 'bind9-dnsutils' }
const skipped = isMissing('keys and delv', tools)

describe.skipIf(skipped)('DNSSEC', () => {
  delegationContract({
    signed: true,
    makeKey: () => makeKey('live.example.net'),
    notices: [
      'NOTICE REFRESH_MINIMUM_VALUE_LOWER',
      'NOTICE RETRY_MINIMUM_VALUE_LOWER',
      'NOTICE RNAME_MAIL_DOMAIN_INVALID',
      'NOTICE SOA_DEFAULT_TTL_MAXIMUM_VALUE_LOWER',
      'NOTICE Z09_MISSING_MAIL_TARGET',
    ],
  })
})
