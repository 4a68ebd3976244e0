import { expect } from 'chai'
import { compileProfile } from '../../../gateway/core/deidentify/compile/compile.ts'
import { dictionary } from '../../../gateway/core/deidentify/explain/dictionary.ts'
import { explainProfile } from '../../../gateway/core/deidentify/explain/explain.ts'
import { releaseSubject } from '../../../gateway/core/deidentify/subject.ts'
import type { Resource } from '../../../gateway/core/fhir/resource.ts'
import { TYPES } from '../../../gateway/core/fhir/types.ts'
import { releaseAll, safeHarbor } from '../../support/profile.ts'

const PATIENT: Resource = {
  resourceType: 'Patient',
  id: 'p1',
  birthDate: '1960-05-04'
}

describe('the de-identification engine', () => {
  it('every R4 type has a defined answer: released by rule, or refused by default', () => {
    const engine = compileProfile(safeHarbor(), { Patient: ['gender'] })
    const types = [...TYPES.values()].filter((type) => type.kind === 'resource').map((type) => type.name)
    for (const type of types) {
      const { released, withheld } = releaseAll(engine, [{ resourceType: type, id: type === 'Patient' ? 'p1' : 'x' }])
      const code = type in safeHarbor().resources ? 'type-not-agreed' : 'no-rule'
      if (type === 'Patient') expect(released).to.have.length(1)
      else expect(withheld).to.deep.equal([{ code, type, index: 0 }])
    }
  })

  it('45 CFR 164.502(b): an extension the agreement does not name does not leave', () => {
    const birthsex = {
      url: 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex',
      valueCode: 'F'
    }
    const record = { ...PATIENT, extension: [birthsex] }
    expect(releaseAll(compileProfile(safeHarbor(), { Patient: ['gender'] }), [record]).released[0]?.resource).not.to.have.property(
      'extension'
    )
    expect(releaseAll(compileProfile(safeHarbor(), { Patient: ['extension'] }), [record]).released[0]?.resource['extension']).to.deep.equal(
      [birthsex]
    )
  })

  it('45 CFR 164.502(b): of a group only the parts the agreement names', () => {
    const claim = {
      resourceType: 'Claim',
      id: 'c',
      item: [
        {
          sequence: 1,
          net: { value: 3.5, currency: 'USD' },
          factor: 2,
          productOrService: {
            coding: [{ system: 'http://snomed.info/sct', code: '38341003' }]
          }
        }
      ]
    }
    const item = releaseAll(
      compileProfile(safeHarbor(), {
        Claim: ['item.net', 'item.sequence', 'item.productOrService']
      }),
      [PATIENT, claim]
    ).released[0]?.resource['item']
    expect(item).to.deep.equal([
      {
        sequence: 1,
        net: { value: 3.5, currency: 'USD' },
        productOrService: {
          coding: [{ system: 'http://snomed.info/sct', code: '38341003' }]
        }
      }
    ])
  })

  it('relative references stand under the base of the record they are in (R4 2.36.4.1)', () => {
    const engine = compileProfile(safeHarbor(), null)
    const subject = {
      resourceType: 'Condition',
      id: 'c1',
      subject: { reference: 'http://other.example/fhir/Patient/p1' }
    }
    expect(JSON.stringify(releaseAll(engine, [PATIENT, subject]).released[1])).not.to.contain('Patient/')
  })

  it('a reference is named anew for each subject, each base and each record that contains its target, however often it repeats', () => {
    const engine = compileProfile(safeHarbor(), null)
    const procedure = (id: string, more: object = {}): Resource => ({
      resourceType: 'Procedure',
      id,
      encounter: { reference: 'Encounter/e1' },
      ...more
    })
    const release = (secret: number, surrogate: string, bases: readonly string[]): unknown[] =>
      releaseSubject(engine, {
        at: '2026-01-15T00:00:00Z',
        secret: new Uint8Array(32).fill(secret),
        sharedSecret: new Uint8Array(32).fill(9),
        surrogate,
        identity: { party: 'test', base: '', type: 'Patient', id: 'p1' },
        shiftDays: 100,
        ownBases: [],
        records: bases.map((base, at) => ({
          identity: { party: 'test', base, type: 'Procedure', id: `q${at}` },
          resource: procedure(`q${at}`, { subject: { reference: 'Patient/p1' } })
        }))
      }).released.flatMap(({ resource }) => [resource['encounter'], resource['subject']])
    const [encounter, subject, again, , elsewhere] = release(1, 'a'.repeat(32), ['', '', 'http://other.example'])
    const [otherEncounter, otherSubject] = release(2, 'b'.repeat(32), [''])
    expect(again).to.deep.equal(encounter)
    expect(subject).to.deep.equal({ reference: `Patient/${'a'.repeat(32)}` })
    expect(otherSubject).to.deep.equal({ reference: `Patient/${'b'.repeat(32)}` })
    expect(new Set([encounter, elsewhere, otherEncounter].map((value) => JSON.stringify(value)))).to.have.length(3)
    const organization = { resourceType: 'Organization', id: 'o' }
    const performer = [{ actor: { reference: '#o' } }]
    const { released } = releaseAll(engine, [
      PATIENT,
      procedure('q1', { contained: [organization], performer }),
      procedure('q2', { contained: [{ ...organization, id: 'x' }, organization], performer }),
      procedure('q3', { performer })
    ])
    const actors = released.map(({ resource }) => JSON.stringify(resource['performer'] ?? null))
    expect(actors.slice(1, 3)).to.deep.equal(['[{"actor":{"reference":"#c1"}}]', '[{"actor":{"reference":"#c2"}}]'])
    expect(actors[3]).not.to.contain('#c')
  })

  it('the dictionary and the explanation are made from what runs', () => {
    const engine = compileProfile(safeHarbor(), {
      Patient: ['birthDate'],
      Encounter: ['period']
    })
    const made = dictionary(engine)
    expect(made.types.map((row) => row.type)).to.deep.equal(['Patient', 'Encounter'])
    expect(made.types[0]?.elements.map((row) => row.path))
      .to.include('Patient.birthDate')
      .and.not.include('Patient.gender')
    expect(made.derived.map((row) => row.name))
      .to.include('length-of-stay')
      .and.not.include('last-a1c-of-year')
    expect(JSON.stringify(explainProfile(engine)))
      .to.contain('Patient: meta')
      .and.contain('birthDate')
  })
})
