// A zone without signatures, below a root.
import { delegationContract } from './delegation.ts'

delegationContract({
  signed: false,
  makeKey: () => Promise.resolve(null),
  notices: [
    'NOTICE NEITHER_DNSKEY_NOR_DS',
    'NOTICE NOT_SIGNED',
    'NOTICE REFRESH_MINIMUM_VALUE_LOWER',
    'NOTICE RETRY_MINIMUM_VALUE_LOWER',
    'NOTICE RNAME_MAIL_DOMAIN_INVALID',
    'NOTICE SOA_DEFAULT_TTL_MAXIMUM_VALUE_LOWER',
    'NOTICE Z09_MISSING_MAIL_TARGET',
  ],
})
