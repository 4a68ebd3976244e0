/** Opt-outs: who is who in the list. */
import { createSecretKey } from 'node:crypto'
import { expect } from 'chai'
import { optOutKey } from '../../../gateway/core/consent/consent.ts'
import type { Identity } from '../../../gateway/core/fhir/resource.ts'

const secret = createSecretKey(Buffer.alloc(32, 7))
const subject: Identity = { party: 'demo-hospital', base: '', type: 'Patient', id: '123' }

describe('core/consent', () => {
  it("two hospitals' Patient/123 are two people, and so are two server bases' and two secrets'", () => {
    const other = createSecretKey(Buffer.alloc(32, 8))
    const keys = [
      optOutKey(secret, subject),
      optOutKey(secret, { ...subject, party: 'other-hospital' }),
      optOutKey(secret, { ...subject, base: 'https://fhir.example/r4' }),
      optOutKey(secret, { ...subject, id: '1234' }),
      optOutKey(other, subject)
    ]
    expect(new Set(keys).size).to.equal(keys.length)
  })

  it('the key says nothing of the subject: 64 hex digits', () => {
    expect(optOutKey(secret, subject)).to.match(/^[0-9a-f]{64}$/)
  })
})
