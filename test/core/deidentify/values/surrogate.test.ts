import { createHmac } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import { createSurrogates, hmacSha256 } from '../../../../gateway/core/deidentify/values/surrogate.ts'

describe('surrogates', () => {
  it('RFC 2104: the two one-shot hashes are HMAC-SHA256, for any key of 1 to 64 bytes and any text', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), fc.string({ unit: 'grapheme', maxLength: 2000 }), (key, text) => {
        expect(hmacSha256(key)(text)).to.equal(createHmac('sha256', key).update(text, 'utf8').digest('hex'))
      })
    )
  })

  it('lengths are part of the name: (ab, c) and (a, bc) differ', () => {
    const { id } = createSurrogates(new Uint8Array(32))
    expect(id('', 'ab', 'c')).not.to.equal(id('', 'a', 'bc'))
    expect(id('http://a.example', 'Encounter', '1')).not.to.equal(id('', 'Encounter', '1'))
  })

  it('45 CFR 164.514(c): another secret gives other ids; the same gives the same', () => {
    const one = createSurrogates(new Uint8Array(32).fill(1)).id('', 'Encounter', '1')
    expect(createSurrogates(new Uint8Array(32).fill(1)).id('', 'Encounter', '1')).to.equal(one)
    expect(createSurrogates(new Uint8Array(32).fill(2)).id('', 'Encounter', '1')).not.to.equal(one)
    expect(one).to.match(/^[0-9a-f]{32}$/)
  })
})
