/** An agreement as FHIR R4 Contract: valid, its terms the very sentences of explain, its document the very bytes of the hash, its signatures those that were given. */
import { expect } from 'chai'
import { explainAgreement } from '../../../../gateway/core/agreement/explain.ts'
import { contractOf, type Signed } from '../../../../gateway/core/agreement/fhir/contract.ts'
import type { Element } from '../../../../gateway/core/agreement/fhir/words.ts'
import type { AgreementState } from '../../../../gateway/core/agreement/life.ts'
import { contentHash } from '../../../../gateway/core/digest.ts'
import type { Agreement } from '../../../../gateway/generated/policy.ts'
import { agreementWith, hashed, shippedAround } from '../../../support/policies.ts'
import { r4Faults } from '../../../support/r4-faults.ts'

const around = shippedAround()
const AT = '2026-06-01T12:00:00Z'
const SIGNED: readonly Signed[] = ['proposer', 'source', 'recipient', 'privacy-officer'].map((as) => ({
  as,
  officer: `Example ${as}`,
  at: AT,
  jws: `a.${as}.c`
}))

function made(changes: Partial<Agreement> = {}, state: AgreementState = 'active', signed: readonly Signed[] = []): Element {
  return contractOf({ ...hashed(agreementWith(changes)), state }, around, signed)
}

const EVIDENCE: Partial<Agreement> = {
  evidence: [{ kind: 'baa', id: 'BAA 7', digest: `sha256:${'0'.repeat(64)}`, date: '2020-01-01', expires: null }]
}

describe('core/agreement/fhir/contract', () => {
  for (const [state, status] of [
    ['draft', 'negotiable'],
    ['proposed', 'offered'],
    ['approved', 'executable'],
    ['active', 'executed'],
    ['suspended', 'executable'],
    ['expired', 'terminated'],
    ['revoked', 'revoked'],
    ['superseded', 'terminated']
  ] as const)
    it(`R4 Contract.status: an agreement that is ${state} is ${status}, and valid`, () => {
      const contract = made({}, state, SIGNED)
      expect(r4Faults(contract)).to.deep.equal([])
      expect(contract['status']).to.equal(status)
    })

  it('each section of explain is a term, word for word, with who sees to it', () => {
    const entry = { ...hashed(agreementWith(EVIDENCE)), state: 'active' } as const
    const terms = contractOf(entry, around, [])['term'] as { type: Element; subType?: { text: string }; offer: { text: string } }[]
    const sections = explainAgreement(entry, around)
    expect(terms.map(({ type, subType, offer }) => [type['text'], subType?.text ?? null, offer.text])).to.deep.equal(
      sections.map(({ heading, duty, sentences }) => [heading, duty, sentences.join('\n')])
    )
  })

  it('what may leave is an asset for each type; the parties stand in every term', () => {
    const contract = made({
      resources: { Patient: ['gender'], Encounter: ['status'] },
      dateWindow: { from: '2025-01-01', to: '2026-01-01' }
    })
    const terms = contract['term'] as unknown as { asset?: readonly Element[]; offer: { party: readonly Element[] } }[]
    expect(terms.flatMap(({ asset }) => asset ?? [])).to.deep.equal(
      [
        ['Patient', 'gender'],
        ['Encounter', 'status']
      ].map(([code, element]) => ({
        type: [{ coding: [{ system: 'http://hl7.org/fhir/resource-types', code }] }],
        condition: `Only these elements: ${element}`,
        period: [{ start: '2025-01-01', end: '2025-12-31' }]
      }))
    )
    for (const { offer } of terms) expect(JSON.stringify(offer.party)).to.include('Demo Hospital').and.include('Demo Insurer')
  })

  it('the legal basis is told, and the rule is the document itself, of which the hash is', () => {
    const agreement = agreementWith({})
    const contract = made()
    const bytes = (member: string): string => {
      const [first] = contract[member] as { contentAttachment: { data: string } }[]
      return Buffer.from(first?.contentAttachment.data ?? '', 'base64').toString()
    }
    expect(bytes('legal')).to.equal(`45 CFR 164.514(b)(2). ${agreement.legalReference}`)
    expect(contentHash(JSON.parse(bytes('rule')))).to.equal(hashed(agreement).hash)
    expect(JSON.stringify(contract['identifier'])).to.include(hashed(agreement).hash)
  })

  it('evidence is supporting information, by the digest of what was signed', () => {
    const contract = made(EVIDENCE)
    expect(r4Faults(contract)).to.deep.equal([])
    expect(contract['supportingInfo']).to.deep.equal([
      { identifier: { type: { text: 'baa' }, value: 'BAA 7' }, display: `sha256:${'0'.repeat(64)}` }
    ])
  })

  it('who signed stands there, each in his or her capacity, with the very words; nobody where nobody did', () => {
    const signers = made({}, 'active', SIGNED)['signer'] as {
      type: Element
      party: Element
      signature: { data: string; who: Element; when: string }[]
    }[]
    expect(signers.map(({ type, party }) => [type['code'], party['display']])).to.deep.equal([
      ['PRIMAUTH', 'Demo Hospital'],
      ['GRANTOR', 'Demo Hospital'],
      ['GRANTEE', 'Demo Insurer'],
      ['VERF', 'Demo Hospital']
    ])
    for (const [n, { signature }] of signers.entries())
      expect(signature.map(({ data, who, when }) => [Buffer.from(data, 'base64').toString(), who['display'], when])).to.deep.equal([
        [SIGNED[n]?.jws, SIGNED[n]?.officer, AT]
      ])
    expect(made()['signer']).to.equal(undefined)
  })
})
