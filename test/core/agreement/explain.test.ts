/** The sentences a privacy officer signs: every field is said, and said as it is. */
import { expect } from 'chai'
import { explainAgreement } from '../../../gateway/core/agreement/explain.ts'
import type { Agreement } from '../../../gateway/generated/policy.ts'
import { agreementWith, CERTIFICATE, DATA_USE, hashed, shippedAround, shippedProfile } from '../../support/policies.ts'

const around = shippedAround()

function text(agreement: Agreement): string {
  return explainAgreement({ ...hashed(agreement), hash: 'sha256:0' }, around)
    .flatMap(({ heading, sentences }) => [heading, ...sentences])
    .join('\n')
}

/** One change for every field of the schema: none may go unsaid. */
const CHANGES: { readonly [Field in keyof Agreement]: Agreement[Field] } = {
  id: 'another',
  version: 2,
  mode: 'aggregate-only',
  source: 'demo-research',
  recipient: 'demo-research',
  purposeOfUse: 'HRESCH',
  legalReference: 'Another contract',
  effective: '2021-01-01',
  expires: '2031-01-01',
  resources: { Patient: ['gender'] },
  dateWindow: { from: '2020-01-01', to: '2021-01-01' },
  profile: { name: 'safe-harbor', version: 2, hash: `sha256:${'a'.repeat(64)}` },
  k: 11,
  belowK: ['suppress'],
  suppressionLimit: 0.01,
  releaseWindow: { every: 'P2Y', attestation: null },
  recipientHolds: ['Immunization'],
  noActualKnowledge: { by: 'Another Officer', date: '2026-01-02', text: 'Another text, about nobody real.', version: 3 },
  dataUseAgreement: DATA_USE,
  sealedForm: 'cms',
  transportOnlySignedBy: [],
  recipientKey: 'another-key',
  retention: { gatewayDays: 1, recipientDays: 2 }
}

describe('core/agreement/explain', () => {
  for (const [field, value] of Object.entries(CHANGES)) {
    if (field === 'transportOnlySignedBy') continue
    it(`${field} is said: another value gives other sentences`, () => {
      expect(text(agreementWith({ [field]: value }))).not.to.equal(text(agreementWith()))
    })
  }

  it('who signed for transport-only is said', () => {
    const signed = text(
      agreementWith({
        sealedForm: 'transport-only',
        recipientKey: null,
        transportOnlySignedBy: [{ officer: 'A. Officer', date: '2026-01-02' }]
      })
    )
    expect(signed).to.include('For this signed: A. Officer on 2026-01-02.')
  })

  it('who attested to a finer release window, and what, is said', () => {
    const attestation = { by: 'A. Officer', date: '2026-01-02', text: 'Every person is synthetic.' }
    expect(text(agreementWith({ releaseWindow: { every: 'P1M2DT3H', attestation } })))
      .to.include('1 month, 2 days and 3 hours (P1M2DT3H)')
      .and.include('"Every person is synthetic."')
  })

  it('45 CFR 164.514(e)(4)(ii): every term of the data use agreement is said', () => {
    const said = text(agreementWith({ mode: 'limited-data-set', noActualKnowledge: null, dataUseAgreement: DATA_USE }))
    for (const term of Object.values(DATA_USE.terms)) expect(said).to.include(`"${term}"`)
    expect(said).to.include(`${DATA_USE.id} was signed on ${DATA_USE.date} and ends before ${DATA_USE.expires}`)
  })

  it('45 CFR 164.514(b)(1): the certificate is said whole, and one for demonstration is called that', () => {
    const agreement = agreementWith({ mode: 'expert-determination', noActualKnowledge: null })
    const said = (of: { readonly demo: boolean }): string =>
      explainAgreement(hashed(agreement, { ...CERTIFICATE, ...of }), around)
        .flatMap(({ sentences }) => sentences)
        .join('\n')
    const { id, expert, method, threshold, every, issued, expires } = CERTIFICATE
    for (const part of [
      id,
      expert,
      method,
      `at least ${threshold.k} people`,
      `at most ${threshold.risk}`,
      `at least ${every} apart`,
      `from ${issued} up to, but not on, ${expires}`
    ])
      expect(said({ demo: false })).to.include(part)
    expect(said({ demo: true })).to.include('no expert gave it')
    expect(said({ demo: false })).not.to.include('no expert gave it')
  })

  it('what is asked of groups beside k is told, and what becomes of patients who do not stand in such', () => {
    const declared = agreementWith({
      mode: 'expert-determination',
      profile: shippedProfile('expert-determination'),
      risk: { l: 2, entropyL: 1.5, t: 0.4, maxProsecutorRisk: 0.1, population: 7000 },
      belowK: ['generalize', 'suppress', 'refuse']
    })
    const said = text(declared)
    for (const part of [
      'at most 10 %',
      'at least 2 different values of each of: illness',
      '1.5',
      '0.4 (t-closeness)',
      '7000 people',
      'the dataset is refused'
    ])
      expect(said).to.include(part)
    expect(said).to.include('all who are new to the recipient are made coarser').and.not.include('undefined')
  })

  it('an agreement of which no record leaves does not say that records do', () => {
    const said = text(agreementWith({ mode: 'aggregate-only', k: 11 }))
    expect(said).to.include('No record leaves.').and.include('at least 11 people').and.not.include('surrogate')
  })

  it('every element that may leave is named', () => {
    const said = text(agreementWith())
    for (const [type, elements] of Object.entries(agreementWith().resources)) {
      const sentence = said.split('\n').find((line) => line.startsWith(`${type}: `)) ?? ''
      for (const element of elements) expect(sentence).to.include(element)
    }
  })

  it('what an agreement names and its profile never lets out is said, and only that', () => {
    const said = text(
      agreementWith({ resources: { Patient: ['gender', 'name.family', 'address.state', 'address.city'], Device: ['modelNumber'] } })
    )
    expect(said).to.include('Of these the profile removes Patient.name.family, Patient.address.city and Device.modelNumber.')
    expect(text(agreementWith({ resources: { Patient: ['gender', 'extension'] } }))).to.not.include('Of these the profile removes')
  })

  it('what cannot be enforced by the gateway is called contractual only', () => {
    expect(text(agreementWith())).to.match(/recipient destroys .*\(contractual only\)/)
  })

  it('every sentence ends as a sentence', () => {
    for (const { sentences } of explainAgreement(hashed(agreementWith()), around))
      for (const sentence of sentences) expect(sentence).to.match(/[.!]"?$/)
  })
})
