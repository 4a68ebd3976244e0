import { expect } from 'chai'
import { profileFaults } from '../../../../gateway/core/deidentify/profile/faults.ts'
import type { RecordProfile, Rule } from '../../../../gateway/core/deidentify/profile/profile.ts'
import { safeHarbor } from '../../../support/profile.ts'
import { hierarchy, rule } from '../../../support/rules.ts'

function messages(profile: RecordProfile): string[] {
  return profileFaults(profile).map(({ path, message }) => `${path} ${message}`)
}

function withElement(path: string, one: Rule, more: Partial<RecordProfile> = {}): string[] {
  const base = safeHarbor()
  const [type = '', ...names] = path.split('.')
  const known = base.resources[type]
  const resources =
    known === undefined ? base.resources : { ...base.resources, [type]: { ...known, keep: [...known.keep, names.join('.')] } }
  return messages({ ...base, resources, elements: { ...base.elements, [path]: one }, ...more })
}

const CERTIFICATE = {
  id: 'demo',
  expert: 'Demo',
  method: 'Demo',
  threshold: { k: 5, risk: 0.2 },
  every: 'P30D',
  issued: '2026-01-01',
  expires: '2027-01-01',
  demo: true
}

describe('what a mode asks of a profile', () => {
  const FORBIDDEN: readonly (readonly [string, string, Rule])[] = [
    ['(C): a date that is shifted shows more than the year', 'Encounter.period.start', rule('shift')],
    ['(C): a date kept', 'Patient.deceasedDateTime', rule('keep')],
    ['(C): an instant', 'Observation.issued', rule('keep')],
    ['(C): a month', 'Patient.deceasedDateTime', rule('generalize', { hierarchy: 'month' })],
    ['(C): an age over 89', 'Condition.onsetAge', rule('quantity')],
    ['(B): a town', 'Address.city', rule('code', { pattern: '[A-Z][a-z]+' })],
    ['(B): five digits of a ZIP code', 'Address.postalCode', rule('code', { pattern: '\\d{5}' })],
    ['(A): a name', 'Patient.name', rule('by-element', { elements: ['family'] })],
    ['(D): a telephone number', 'Patient.telecom', rule('by-element', { elements: ['value'] })]
  ]
  const inner = { 'HumanName.family': rule('code', { pattern: '.*' }), 'ContactPoint.value': rule('code', { pattern: '.*' }) }
  for (const [name, path, one] of FORBIDDEN) {
    it(`Safe Harbor ${name} does not load`, () => {
      const base = safeHarbor()
      const hierarchies = { month: hierarchy({ kind: 'dates', to: 'month' }) }
      const address = rule('by-element', { elements: ['state', 'city', 'postalCode'] })
      const elements = { ...base.elements, ...inner, 'Patient.address': address, [path]: one }
      const found = withElement(path, one, { hierarchies, elements })
      expect(found.join('\n')).to.include('45 CFR 164.514(b)(2)(i)')
    })
  }

  it('45 CFR 164.514(e)(2): a street, a county or a name does not load in a limited data set either; a town and a date do', () => {
    const base = { ...safeHarbor(), mode: 'limited-data-set' } as const
    const address = (name: string): string[] =>
      messages({
        ...base,
        elements: {
          ...base.elements,
          'Patient.address': rule('by-element', { elements: ['state', name] }),
          [`Address.${name}`]: rule('code', { pattern: '[A-Z][a-z]+' }),
          'Patient.birthDate': rule('keep')
        }
      })
    expect(address('city')).to.deep.equal([])
    for (const name of ['line', 'district', 'text']) expect(address(name).join('\n')).to.include('45 CFR 164.514(e)(2)')
  })

  it('45 CFR 164.514(b)(1): an expert’s profile needs a certificate, and no other may have one', () => {
    const base = safeHarbor()
    expect(messages({ ...base, mode: 'expert-determination' })[0]).to.include('/certificate is missing')
    expect(messages({ ...base, mode: 'expert-determination', certificate: CERTIFICATE })).to.deep.equal([])
    expect(messages({ ...base, certificate: CERTIFICATE })[0]).to.include('safe-harbor stands on no certificate')
  })

  it('a certificate is of real days, and ends after it began', () => {
    const base = { ...safeHarbor(), mode: 'expert-determination' } as const
    expect(messages({ ...base, certificate: { ...CERTIFICATE, issued: '2026-02-30' } })[0]).to.include('/certificate/issued')
    expect(messages({ ...base, certificate: { ...CERTIFICATE, expires: '2026-01-01' } })[0]).to.include('/certificate/expires')
  })

  it('every resource type of R4 has an answer, and one only', () => {
    const { refused = {}, ...base } = safeHarbor()
    const { Binary: _, ...others } = refused
    expect(messages({ ...base, refused: others })).to.deep.equal(['/refused no answer for Binary: rules in resources, or a reason here'])
    expect(messages({ ...base, refused: { ...refused, Patient: 'a test' } })).to.deep.equal([
      '/refused/Patient has rules in resources, too: one answer'
    ])
    expect(messages({ ...base, refused: { ...refused, Person2: 'a test' } })).to.deep.equal([
      '/refused/Person2 is not a resource type of FHIR R4'
    ])
  })
})

describe('what is wrong with a rule', () => {
  const HIERARCHIES = {
    tens: hierarchy({ kind: 'bins', edges: [0, 10] }),
    falling: hierarchy({ kind: 'bins', edges: [10, 0] }),
    category: hierarchy({ kind: 'prefix', length: 3 }),
    sex: hierarchy({ kind: 'codes', map: { male: 'human' } })
  }
  const WRONG: readonly (readonly [string, string, Rule, string])[] = [
    ['a hierarchy that is not there', 'Observation.valueInteger', rule('generalize', { hierarchy: 'none' }), 'there is no hierarchy none'],
    [
      'one of a name every object has',
      'Observation.valueInteger',
      rule('generalize', { hierarchy: 'constructor' }),
      'there is no hierarchy constructor'
    ],
    ['a hierarchy of another kind', 'Patient.gender', rule('generalize', { hierarchy: 'tens' }), 'tens (bins) does nothing with code'],
    [
      'the beginning of any text',
      'Address.state',
      rule('generalize', { hierarchy: 'category' }),
      'the beginning of any text may be a name'
    ],
    ['bins of ages without a unit', 'Condition.onsetAge', rule('generalize', { hierarchy: 'tens' }), 'tens has no unit'],
    ['a parent that FHIR does not bind', 'Patient.gender', rule('generalize', { hierarchy: 'sex' }), 'leads to human'],
    ['a missing parameter', 'Observation.valueInteger', rule('generalize'), 'generalize needs hierarchy'],
    ['perturb without a span', 'Observation.valueInteger', rule('perturb', { range: 'fixed' }), 'perturb needs span'],
    ['a parameter nobody reads', 'Observation.valueInteger', rule('keep', { span: 5 }), 'is not read by keep'],
    ['a substitute of another type', 'Patient.gender', rule('substitute', { with: 'nobody' }), 'is no code'],
    ['a substitute that is no day', 'Patient.birthDate', rule('substitute', { with: '2023-02-31' }), 'is no date'],
    ['a substitute with unknown members', 'Patient.maritalStatus', rule('substitute', { with: { family: 'x' } }), 'is no CodeableConcept'],
    ['decade outside generalized', 'Patient.birthDate', rule('decade'), 'decade stands in generalized only']
  ]
  for (const [name, path, one, says] of WRONG) {
    it(`${name} is a fault`, () => {
      const { falling: _, ...hierarchies } = HIERARCHIES
      expect(withElement(path, one, { hierarchies }).join('\n')).to.include(says)
    })
  }

  it('edges that do not rise are a fault', () => {
    expect(messages({ ...safeHarbor(), hierarchies: { falling: HIERARCHIES.falling } })).to.deep.equal([
      '/hierarchies/falling/edges must rise from edge to edge'
    ])
  })

  it('generalized: a verb that does not make coarser, or a place that is none, is a fault', () => {
    const base = safeHarbor()
    const generalized = (path: string, one: Rule): string =>
      messages({ ...base, generalized: { ...base.generalized, [path]: one } }).join('\n')
    expect(generalized('Patient.gender', rule('keep'))).to.include('keep does not make coarser')
    expect(generalized('Patient.sex', rule('remove'))).to.include('is not an element of FHIR R4')
    expect(generalized('*.extension.age', rule('remove'))).to.include('is no derived field')
    expect(generalized('Patient.gender', rule('decade'))).to.include('decade does nothing with code')
    expect(generalized('Patient.address.city', rule('remove'))).to.equal('')
  })
})
