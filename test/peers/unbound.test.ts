// The strongest check of scopes: through a real resolver that caches by subnet everybody gets what the authority tells them.
import { startUnbound } from './unbound.ts'
import { subnetCacheContract } from './subnet-cache.ts'
import { isMissing } from './tools.ts'

subnetCacheContract({
  name: 'unbound',
  skipped: isMissing('unbound', { unbound: 'unbound' }),
  clients: 500,
  start: startUnbound,
  absenceBySubnet: true,
  longerScopes: true,
})
