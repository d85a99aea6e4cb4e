// A signed zone below a root, its key trusted by resolvers that validate: every answer is secure, from whatever cache it comes.
import { readFileSync } from 'node:fs'
import { describe } from 'vitest'
import { repository } from '../support/command.ts'
import { delegationContract } from './delegation.ts'
import { makeKey } from './keys.ts'
import { isMissing } from './tools.ts'

const unbuilt = /"dnssec": \{\s*"not": \{\}/.test(readFileSync(`${repository}config/schema.json`, 'utf8'))
const tools = { 'dnssec-keygen': 'bind9-utils', 'dnssec-dsfromkey': 'bind9-utils', delv: 'bind9-dnsutils' }
const skipped = unbuilt || isMissing('keys and delv', tools)

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
