/** Lists of revoked certificates, beside what chain.test.ts shows of them: how often they are verified. */
import { expect } from 'chai'
import { readRevocationList, type SignedLists, speaksFor } from '../../gateway/seal/crl.ts'
import { readCertificate } from '../../gateway/seal/x509.ts'
import { AUTHORITY, certify, ecPair, revocationList } from '../support/pki.ts'

describe('seal/crl (RFC 5280 §6.3.3)', () => {
  it('the signature of a list is checked once for each authority, not once for each word of whoever proves nothing', () => {
    const issuer = certify('Test Authority', { issuer: null, keys: ecPair(), extensions: AUTHORITY() })
    const another = certify('Test Authority', { issuer: null, keys: ecPair(), extensions: AUTHORITY() })
    const list = readRevocationList(Buffer.from(revocationList(issuer), 'latin1'))
    const known: SignedLists = new WeakMap()
    const now = new Date()
    expect(speaksFor(list, readCertificate(issuer.pem), now, known)).to.equal(true)
    list.signature.fill(0) // whoever looked again would see
    expect(speaksFor(list, readCertificate(issuer.pem), now, known)).to.equal(true)
    expect(speaksFor(list, readCertificate(another.pem), now, known), 'of another key under that name').to.equal(false)
    expect(
      speaksFor(list, readCertificate(issuer.pem), new Date(now.getTime() + 3 * 86_400_000), known),
      'times are asked each time'
    ).to.equal(false)
    expect(speaksFor(list, readCertificate(issuer.pem), now, new WeakMap()), 'nobody remembers').to.equal(false)
  })

  it('what is remembered of a list is bounded, whoever presents authorities', () => {
    const issuer = certify('Test Authority', { issuer: null, keys: ecPair(), extensions: AUTHORITY() })
    const list = readRevocationList(Buffer.from(revocationList(issuer), 'latin1'))
    const known: SignedLists = new WeakMap()
    for (let n = 0; n < 40; n += 1) {
      const stranger = certify('Test Authority', { issuer: null, keys: ecPair(), extensions: AUTHORITY() })
      expect(speaksFor(list, readCertificate(stranger.pem), new Date(), known)).to.equal(false)
    }
    expect(known.get(list)?.size).to.be.most(16)
    expect(speaksFor(list, readCertificate(issuer.pem), new Date(), known)).to.equal(true)
  })
})
