// PowerDNS Recursor in front: a cache by client subnet that is not unbound's.
import { startPdnsRecursor } from './pdns-recursor.ts'
import { subnetCacheContract } from './subnet-cache.ts'
import { isMissing } from './tools.ts'

subnetCacheContract({
  name: 'PowerDNS Recursor',
  skipped: isMissing('pdns-recursor', { pdns_recursor: 'pdns-recursor' }),
  clients: 300,
  start: startPdnsRecursor,
  absenceBySubnet: false,
  longerScopes: false,
})
