/** How long what was fetched is believed, and how often it is fetched. */
import type { IncomingHttpHeaders } from 'node:http'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect } from 'chai'
import { type KeySet, readKeySet } from '../../../gateway/core/identity/key-set.ts'
import { freshFor, KEEPING, Kept } from '../../../gateway/intake/reach/kept.ts'
import { generatePartyKeys } from '../../../gateway/seal/generate.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND

describe('intake/reach/kept: freshness (RFC 9111)', () => {
  const at = new Date()
  const later = (ms: number): string => new Date(at.getTime() + ms).toUTCString()
  const rows: readonly (readonly [rule: string, headers: IncomingHttpHeaders, expected: number])[] = [
    ['§5.2.2.1: max-age', { 'cache-control': 'max-age=600' }, 600 * SECOND],
    ['§4.2.1: max-age before Expires', { 'cache-control': 'max-age=600', expires: later(50 * MINUTE) }, 600 * SECOND],
    ['§5.1: Age is taken off', { 'cache-control': 'max-age=600', age: '200' }, 400 * SECOND],
    ['§5.3: Expires', { expires: later(10 * MINUTE), date: later(0) }, 10 * MINUTE],
    ['§5.3: an Expires that is no date has passed', { expires: '0' }, KEEPING.shortest],
    ['no header: five minutes', {}, KEEPING.usual],
    ['no-store is kept for the least: no header makes each question a fetch', { 'cache-control': 'no-store' }, KEEPING.shortest],
    ['max-age=0 is kept for the least', { 'cache-control': 'max-age=0' }, KEEPING.shortest],
    [
      'a year is an hour: what a partner takes away is not believed longer',
      { 'cache-control': 'max-age=31536000, immutable' },
      KEEPING.longest
    ],
    ['an old answer of a cache between is kept for the least', { 'cache-control': 'max-age=600', age: '9999999' }, KEEPING.shortest],
    ['nonsense is kept for the least', { 'cache-control': 'max-age=banana' }, KEEPING.shortest],
    ['beyond all numbers is kept for the least', { 'cache-control': `max-age=${'9'.repeat(400)}` }, KEEPING.shortest]
  ]
  for (const [rule, headers, expected] of rows) {
    it(rule, () => {
      expect(freshFor(headers)).to.be.within(expected - 2 * SECOND, expected)
    })
  }
})

describe('intake/reach/kept: fetching', () => {
  function keeping(get: (address: string) => Promise<string>): { kept: Kept<string>; pass: (ms: number) => void; asked: string[] } {
    const asked: string[] = []
    const time = { now: 0 }
    const kept = new Kept<string>({
      clock: () => time.now,
      lastGood: 60 * MINUTE,
      get: async (address) => {
        asked.push(address)
        return { value: await get(address), headers: { 'cache-control': 'max-age=300' } }
      }
    })
    const pass = (ms: number): void => {
      time.now += ms
    }
    return { kept, asked, pass }
  }
  const any = (): boolean => true
  const none = (): boolean => false

  it('is fetched once while it is fresh, however many ask at once', async () => {
    const { kept, asked, pass } = keeping(async () => 'one')
    expect(new Set(await Promise.all(Array.from({ length: 1000 }, () => kept.at('a', 'p', any))))).to.deep.equal(new Set(['one']))
    pass(299 * SECOND)
    await kept.at('a', 'p', any)
    expect(asked).to.have.length(1)
    pass(2 * SECOND)
    await kept.at('a', 'p', any)
    expect(asked).to.have.length(2)
  })

  it('a flood of questions that nothing held suits is one fetch in ten seconds', async () => {
    const { kept, asked, pass } = keeping(async () => 'one')
    await kept.at('a', 'p', any)
    for (let second = 1; second <= 60; second++) {
      pass(SECOND)
      await Promise.all(Array.from({ length: 50 }, () => kept.at('a', 'p', none)))
    }
    expect(asked.length).to.be.within(6, 7)
  })

  it('what was good before stands for an hour where the server is away, and then no longer', async () => {
    const server = { away: false }
    const { kept, asked, pass } = keeping(async () => {
      if (server.away) throw new Error('away')
      return 'one'
    })
    await kept.at('a', 'p', any)
    server.away = true
    pass(300 * SECOND + 59 * MINUTE)
    expect(await kept.at('a', 'p', any)).to.equal('one')
    pass(2 * MINUTE)
    expect(await kept.at('a', 'p', any)).to.equal(null)
    expect(asked).to.have.length(3)
    server.away = false
    pass(KEEPING.coolDown)
    expect(await kept.at('a', 'p', any)).to.equal('one')
  })

  it('a server that is away is asked once in ten seconds, not at each question', async () => {
    const { kept, asked, pass } = keeping(() => Promise.reject(new Error('away')))
    for (let n = 0; n < 100; n++) expect(await kept.at('a', 'p', any)).to.equal(null)
    expect(asked).to.have.length(1)
    pass(KEEPING.coolDown)
    await kept.at('a', 'p', any)
    expect(asked).to.have.length(2)
  })

  it('one address never waits for another', async () => {
    const never = new Promise<string>(() => undefined)
    const { kept } = keeping((address) => (address.startsWith('slow') ? never : Promise.resolve(address)))
    for (let n = 0; n < 100; n++) kept.at(`slow ${n}`, 'p', any).catch(() => undefined)
    expect(await kept.at('b', 'p', any)).to.equal('b')
  })

  it('holds 10,000 addresses and no more', async () => {
    const { kept, asked } = keeping(async (address) => address)
    for (let n = 0; n < 10_500; n++) await kept.at(`a${n}`, 'p', any)
    expect(kept.size).to.equal(10_000)
    await kept.at('a10499', 'p', any)
    expect(asked).to.have.length(10_500)
  })

  it('10,000 parties and 100 rotating keys a minute: memory is flat', async function () {
    this.timeout(60_000)
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void // what the flag exposes
    const text = (n: number): string =>
      JSON.stringify({ keys: generatePartyKeys('ec', 'a').jwks.keys.map((key) => ({ ...key, kid: `${key.kid}-${n}` })) })
    const texts = Array.from({ length: 20 }, (_, n) => text(n))
    const time = { now: 0, rotation: 0 }
    const kept = new Kept<KeySet>({
      clock: () => time.now,
      lastGood: 60 * MINUTE,
      get: async (address) => ({ value: readKeySet(texts[(Number(address) + time.rotation) % 20] ?? '') as KeySet, headers: {} })
    })
    const heapAfter = async (minutes: number): Promise<number> => {
      for (let minute = 0; minute < minutes; minute++) {
        time.now += MINUTE
        time.rotation += 1
        for (let n = 0; n < 10_000; n++) await kept.at(String(n), 'p', ({ keys }) => n % 100 !== minute || keys.length === 0)
      }
      collect()
      return process.memoryUsage().heapUsed
    }
    const first = await heapAfter(6)
    const second = await heapAfter(12)
    expect(kept.size).to.equal(10_000)
    expect(second - first, `${first} then ${second}`).to.be.below(4 << 20)
  })
})
