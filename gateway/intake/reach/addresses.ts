/**
 * Which addresses the gateway may call at the word of a partner's file: a table of ranges to read down. Decides `public`, `inside` (of a house's own network,
 * reached only where the operator named the host) or `never`. Refuses whatever it does not know: IPv6 outside 2000::/3, and every form that carries an IPv4 address in it.
 */
import { BlockList, isIP } from 'node:net'

export type Reach = 'public' | 'inside' | 'never'

interface Range {
  readonly network: string
  readonly bits: number
  readonly family: 'ipv4' | 'ipv6'
  readonly reach: Exclude<Reach, 'public'>
  readonly why: string
}

function range(subnet: string, reach: Range['reach'], why: string): Range {
  const [network = '', bits = ''] = subnet.split('/')
  return { network, bits: Number(bits), family: network.includes(':') ? 'ipv6' : 'ipv4', reach, why }
}

/** `never` wins over `inside`. The registries: IANA IPv4 and IPv6 Special-Purpose Address Spaces (RFC 6890). */
export const RANGES: readonly Range[] = [
  range('0.0.0.0/8', 'never', 'this network (RFC 791 §3.2, RFC 1122 §3.2.1.3)'),
  range('10.0.0.0/8', 'inside', 'private (RFC 1918)'),
  range('100.64.0.0/10', 'inside', 'shared by carriers (RFC 6598)'),
  range('127.0.0.0/8', 'inside', 'loopback (RFC 1122 §3.2.1.3)'),
  range('169.254.0.0/16', 'never', 'link-local (RFC 3927): metadata of clouds (169.254.169.254)'),
  range('172.16.0.0/12', 'inside', 'private (RFC 1918)'),
  range('192.0.0.0/24', 'never', 'IETF protocol assignments (RFC 6890): metadata of Oracle (192.0.0.192)'),
  range('192.0.2.0/24', 'never', 'documentation (RFC 5737)'),
  range('192.31.196.0/24', 'never', 'AS112 (RFC 7535)'),
  range('192.52.193.0/24', 'never', 'AMT (RFC 7450)'),
  range('192.88.99.0/24', 'never', '6to4 relays (RFC 7526)'),
  range('192.168.0.0/16', 'inside', 'private (RFC 1918)'),
  range('192.175.48.0/24', 'never', 'AS112 (RFC 7534)'),
  range('198.18.0.0/15', 'never', 'benchmarks (RFC 2544)'),
  range('198.51.100.0/24', 'never', 'documentation (RFC 5737)'),
  range('203.0.113.0/24', 'never', 'documentation (RFC 5737)'),
  range('224.0.0.0/4', 'never', 'multicast (RFC 5771)'),
  range('240.0.0.0/4', 'never', 'reserved, and broadcast (RFC 1112 §4, RFC 919)'),
  range('100.100.100.200/32', 'never', 'metadata of Alibaba, among the shared'),
  range('168.63.129.16/32', 'never', 'the host of Azure, among the public'),
  range('::1/128', 'inside', 'loopback (RFC 4291 §2.5.3)'),
  range('fc00::/7', 'inside', 'unique local (RFC 4193)'),
  range('fd00:ec2::/32', 'never', 'metadata of Amazon, among the unique local'),
  range('fd20:ce::/32', 'never', 'metadata of Google, among the unique local'),
  range('2001::/23', 'never', 'IETF protocol assignments (RFC 2928): Teredo (RFC 4380), ORCHID (RFC 7343)'),
  range('2001:db8::/32', 'never', 'documentation (RFC 3849)'),
  range('2002::/16', 'never', '6to4: carries an IPv4 address (RFC 3056)'),
  range('2620:4f:8000::/48', 'never', 'AS112 (RFC 7534)'),
  range('3fff::/20', 'never', 'documentation (RFC 9637)')
]

/**
 * The only IPv6 that is given out for use everywhere (RFC 4291 §2.4, IANA). Outside of it: IPv4-mapped (::ffff:0:0/96, RFC 4291 §2.5.5), NAT64 (64:ff9b::/96, RFC 6052;
 * 64:ff9b:1::/48, RFC 8215), discard (100::/64, RFC 6666), link-local (fe80::/10), site-local (fec0::/10, RFC 3879), multicast (ff00::/8), segment routing (5f00::/16, RFC 9602).
 */
const GLOBAL_UNICAST = range('2000::/3', 'never', '')

function listOf(ranges: readonly Range[]): BlockList {
  const list = new BlockList()
  for (const { network, bits, family } of ranges) list.addSubnet(network, bits, family)
  return list
}

const NEVER = listOf(RANGES.filter(({ reach }) => reach === 'never'))
const INSIDE = listOf(RANGES.filter(({ reach }) => reach === 'inside'))
const GLOBAL = listOf([GLOBAL_UNICAST])
/** BlockList reads an IPv4-mapped address as the IPv4 address in it; here it is neither. */
const MAPPED = listOf([range('::ffff:0:0/96', 'never', '')])

/** Of an address in its text form. What is no address, or has a zone (fe80::1%eth0), is never reached. */
export function reachOf(address: string): Reach {
  const version = isIP(address)
  if (version === 0 || address.includes('%')) return 'never'
  const family = version === 6 ? 'ipv6' : 'ipv4'
  if (family === 'ipv6' && MAPPED.check(address, family)) return 'never'
  if (NEVER.check(address, family)) return 'never'
  if (INSIDE.check(address, family)) return 'inside'
  return family === 'ipv4' || GLOBAL.check(address, family) ? 'public' : 'never'
}
