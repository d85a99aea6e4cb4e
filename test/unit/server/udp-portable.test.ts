// The portable UDP door: the promises of every door, and datagrams. Knows no DNS.
import { openUdpPortable } from '../../../src/server/udp-portable.ts'
import { describeDoor, type Kind } from './door-contract.ts'
import { describeUdpDoor } from './udp-contract.ts'
import { talkUdp } from './udp-talk.ts'

const kind: Kind = { open: openUdpPortable, protocol: 'UDP', room: 1536, talk: talkUdp }

describeDoor('the portable UDP door', kind)
describeUdpDoor('the portable UDP door', kind)
