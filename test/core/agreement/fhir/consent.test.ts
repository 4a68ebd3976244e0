/** An agreement as FHIR R4 Consent: valid, and every member that Consent has a word for stands where HL7 says it stands. */
import { expect } from 'chai'
import { consentOf } from '../../../../gateway/core/agreement/fhir/consent.ts'
import type { Element } from '../../../../gateway/core/agreement/fhir/words.ts'
import type { AgreementState } from '../../../../gateway/core/agreement/life.ts'
import type { Agreement } from '../../../../gateway/generated/policy.ts'
import { agreementWith, hashed, shippedAround } from '../../../support/policies.ts'
import { r4Faults } from '../../../support/r4-faults.ts'

const around = shippedAround()
const FILTERS: NonNullable<Agreement['codeFilters']> = {
  Observation: { code: { in: [{ system: 'http://loinc.org', codes: ['4548-4'] }] } }
}

function made(changes: Partial<Agreement> = {}, state: AgreementState = 'active'): Element {
  return consentOf({ ...hashed(agreementWith(changes)), state }, around)
}

/** The value at a path of names and numbers; undefined where nothing is. */
function at(resource: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => (value as Element | undefined)?.[name], resource)
}

const PERMIT = 'provision.provision.0'
const PHASE = { name: 'wider', from: '2026-03-01', to: '2026-04-01', resources: { Patient: ['gender'], Condition: ['code'] } }

describe('core/agreement/fhir/consent', () => {
  for (const [state, status] of [
    ['draft', 'draft'],
    ['proposed', 'proposed'],
    ['approved', 'proposed'],
    ['active', 'active'],
    ['suspended', 'inactive'],
    ['expired', 'inactive'],
    ['revoked', 'inactive'],
    ['superseded', 'inactive']
  ] as const)
    it(`R4 Consent.status: an agreement that is ${state} is ${status}, and valid`, () => {
      const consent = made({}, state)
      expect(r4Faults(consent)).to.deep.equal([])
      expect(consent['status']).to.equal(status)
    })

  for (const [what, changes, path, value] of [
    ['the agreement is named', {}, 'id', 'demo-safe-harbor'],
    ['deny by default: the root rule is opt-out', {}, 'policyRule.coding.0.code', 'OPTOUT'],
    ['R4: the root provision has no type', {}, 'provision.type', undefined],
    ['what it is about', {}, 'category.0.coding.0.code', 'IDSCL'],
    ['who discloses', {}, 'organization.0.identifier.value', 'demo-hospital'],
    ['who discloses, as actor', {}, 'provision.actor.0.role.coding.0.code', 'CST'],
    ['who receives', {}, 'provision.actor.1.role.coding.0.code', 'IRCP'],
    ['who receives, by name', {}, 'provision.actor.1.reference.display', 'Demo Insurer'],
    ['the purpose of use', { purposeOfUse: 'HPAYMT' }, 'provision.purpose.0.code', 'HPAYMT'],
    ['its first day', { effective: '2026-02-01' }, 'provision.period.start', '2026-02-01'],
    ['its last day, the one before it expires', { expires: '2028-03-01' }, 'provision.period.end', '2028-02-29'],
    ['a type that may leave', { resources: { Patient: ['gender'] } }, `${PERMIT}.class.0.code`, 'Patient'],
    ['an element that may leave', { resources: { Patient: ['gender'] } }, `${PERMIT}.class.0.extension.0.valueString`, 'gender'],
    ['no other type', { resources: { Patient: ['gender'] } }, `${PERMIT}.class.1`, undefined],
    ['what leaves is permitted', {}, `${PERMIT}.type`, 'permit'],
    ['the date window', { dateWindow: { from: '2025-01-01', to: '2025-07-01' } }, `${PERMIT}.dataPeriod.end`, '2025-06-30'],
    ['an open date window', { dateWindow: { from: null, to: null } }, `${PERMIT}.dataPeriod`, undefined],
    ['a sensitive category is denied', { categories: { granted: [] } }, `${PERMIT}.provision.0.type`, 'deny'],
    ['by its security labels', { categories: { granted: [] } }, `${PERMIT}.provision.0.securityLabel.0.code`, 'ETH'],
    ['but one that is granted', { categories: { granted: ['substance-use'] } }, `${PERMIT}.provision.0.securityLabel.0.code`, 'PSYTHPN'],
    ['without the member all of them', {}, `${PERMIT}.provision.6.type`, 'deny'],
    ['a phase has a permit of its own', { phases: [PHASE] }, 'provision.provision.1.period.start', '2026-03-01'],
    ['with its own classes', { phases: [PHASE] }, 'provision.provision.1.class.1.code', 'Condition'],
    ['and the days before end with it', { phases: [PHASE] }, `${PERMIT}.period.end`, '2026-02-28'],
    ['and those after begin with its end', { phases: [PHASE] }, 'provision.provision.2.period.start', '2026-04-01']
  ] as const)
    it(`${what}: ${path}`, () => {
      const consent = made(changes as Partial<Agreement>)
      expect(r4Faults(consent)).to.deep.equal([])
      expect(at(consent, path)).to.deep.equal(value)
    })

  it('R4 2.4.2: what narrows and Consent cannot say is a modifierExtension, so that who does not know it does not act on the permit', () => {
    const consent = made({
      codeFilters: FILTERS,
      roster: { group: 'members' },
      limits: { period: 'P30D', datasets: 1 }
    })
    expect(r4Faults(consent)).to.deep.equal([])
    const said = at(consent, `${PERMIT}.modifierExtension`) as { url: string; valueString: string }[]
    expect(said.map(({ url }) => url.slice(url.lastIndexOf('/') + 1))).to.deep.equal([
      'de-identified-by',
      'elements-agreed',
      'look-alikes',
      'code-filters',
      'roster',
      'limits'
    ])
    expect(said[3]?.valueString).to.include('4548-4')
  })
})
