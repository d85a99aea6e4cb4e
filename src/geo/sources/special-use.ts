// Address space that belongs to nobody's viewers: special-use prefixes, as a source. Knows no cells.
//
// From the IANA registries of special-purpose addresses (RFC 6890 and its successors), with multicast and reserved space, and
// without single anycast addresses. IPv4 carried in IPv6 is here too: the query path folds it to IPv4 before it looks anything up.
import { parsePrefix } from '../../ip/prefix.ts'
import { RangeBuilder, type FamilyRanges } from '../ranges.ts'
import { endOf, spanOf } from '../span.ts'

/** In address order and disjoint, which specialUse relies on. */
const prefixes = [
  '0.0.0.0/8', // this network
  '10.0.0.0/8', // private
  '100.64.0.0/10', // shared by carrier-grade NAT
  '127.0.0.0/8', // loopback
  '169.254.0.0/16', // link-local
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments
  '192.0.2.0/24', // documentation
  '192.88.99.0/24', // 6to4 relays
  '192.168.0.0/16', // private
  '198.18.0.0/15', // benchmarking
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/3', // multicast, reserved, broadcast
  '::/8', // unspecified, loopback, ::ffff:0:0/96, 64:ff9b::/96, 64:ff9b:1::/48
  '100::/64', // discard
  '2001::/23', // protocol assignments, Teredo
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4
  '3fff::/20', // documentation
  '5f00::/16', // segment routing
  'fc00::/7', // unique local
  'fe80::/9', // link-local, and the site-local of old
  'ff00::/8', // multicast
]

/** 1 where an address is nobody's, else 0. */
export function specialUse(): FamilyRanges {
  const builders = { 4: new RangeBuilder(), 6: new RangeBuilder() }
  for (const text of prefixes) {
    const prefix = parsePrefix(text)
    if ('error' in prefix) throw new TypeError(prefix.error)
    const span = spanOf(prefix)
    const end = endOf(span)
    builders[span.family].push(span.high, span.low, 1)
    if (end !== null) builders[span.family].push(end.high, end.low, 0)
  }
  return { v4: builders[4].finish(), v6: builders[6].finish() }
}
