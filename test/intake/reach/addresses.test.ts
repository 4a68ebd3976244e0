/** Which addresses a partner's file may make the gateway call. */
import { expect } from 'chai'
import { RANGES, type Reach, reachOf } from '../../../gateway/intake/reach/addresses.ts'

describe('intake/reach/addresses', () => {
  const rows: readonly (readonly [rule: string, reach: Reach, addresses: readonly string[]])[] = [
    [
      'public addresses are reached',
      'public',
      [
        '8.8.8.8',
        '1.1.1.1',
        '172.15.255.255',
        '172.32.0.1',
        '100.63.255.255',
        '100.128.0.0',
        '9.255.255.255',
        '2606:4700::1111',
        '2a00:1450::1'
      ]
    ],
    ['RFC 1918: private', 'inside', ['10.0.0.0', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.0.1']],
    ['RFC 1122: loopback', 'inside', ['127.0.0.1', '127.255.255.254', '::1', '0:0:0:0:0:0:0:1']],
    ['RFC 4193: unique local', 'inside', ['fc00::1', 'fdff:ffff::1']],
    ['RFC 6598: shared by carriers', 'inside', ['100.64.0.1', '100.127.255.255']],
    [
      'RFC 3927: metadata of clouds is link-local, and no name of the operator changes that',
      'never',
      ['169.254.169.254', '169.254.0.1', 'fe80::1', 'febf::1']
    ],
    ['metadata that is not link-local', 'never', ['100.100.100.200', '168.63.129.16', '192.0.0.192', 'fd00:ec2::254', 'fd20:ce::254']],
    ['RFC 1122: this network, and every form of nothing', 'never', ['0.0.0.0', '0.1.2.3', '::']],
    ['RFC 5771, RFC 4291: multicast and broadcast', 'never', ['224.0.0.1', '239.255.255.255', '255.255.255.255', '240.0.0.1', 'ff02::1']],
    ['RFC 5737, RFC 3849, RFC 9637: documentation', 'never', ['192.0.2.1', '198.51.100.7', '203.0.113.9', '2001:db8::1', '3fff::1']],
    ['RFC 2544: benchmarks', 'never', ['198.18.0.1', '198.19.255.255']],
    [
      'RFC 4291 §2.5.5: an IPv4 address inside an IPv6 one',
      'never',
      ['::ffff:127.0.0.1', '::ffff:8.8.8.8', '::ffff:a9fe:a9fe', '::127.0.0.1', '::8.8.8.8', '::ffff:0:127.0.0.1']
    ],
    ['RFC 6052, RFC 8215: NAT64', 'never', ['64:ff9b::7f00:1', '64:ff9b::808:808', '64:ff9b:1::1']],
    ['RFC 3056, RFC 4380: 6to4 and Teredo', 'never', ['2002:7f00:1::', '2002:808:808::1', '2001::1', '2001:0:4136:e378::1']],
    ['RFC 3879: site-local', 'never', ['fec0::1']],
    [
      'a zone, a name, or nothing is no address',
      'never',
      ['fe80::1%eth0', '2606:4700::1111%1', 'localhost', '', '127.1', '0x7f000001', '2130706433', '127.0.0.1 ']
    ]
  ]
  for (const [rule, reach, addresses] of rows) {
    it(rule, () => {
      expect(Object.fromEntries(addresses.map((one) => [one, reachOf(one)]))).to.deep.equal(
        Object.fromEntries(addresses.map((one) => [one, reach]))
      )
    })
  }

  it('each range says why', () => {
    for (const { network, why } of RANGES) expect(why, network).to.match(/RFC \d+|metadata|the host of/)
  })
})
