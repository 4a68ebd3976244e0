/** What others could find a subject by: bands of events, rare codes and their parents, sensitive values; and what is wrong with declaring them. */
import { expect } from 'chai'
import { compileProfile } from '../../../gateway/core/deidentify/compile/compile.ts'
import { profileFaults } from '../../../gateway/core/deidentify/profile/faults.ts'
import type { RecordProfile, RiskRule } from '../../../gateway/core/deidentify/profile/profile.ts'
import type { Traits } from '../../../gateway/core/deidentify/traits.ts'
import type { Resource } from '../../../gateway/core/fhir/resource.ts'
import { recordProfiles } from '../../support/release.ts'
import { hierarchy, rule } from '../../support/rules.ts'

const ICD = 'http://hl7.org/fhir/sid/icd-10-cm'
const GROUNDS = { because: 'a test', source: 'a test' } as const

function expert(): RecordProfile & { readonly risk: RiskRule } {
  const found = recordProfiles().find(({ name }) => name === 'expert-determination')
  if (found?.risk === undefined) throw new Error('no profile that declares its quasi-identifiers')
  return { ...found, risk: found.risk }
}

function traitsOf(more: Partial<RiskRule>, records: readonly object[]): Traits {
  const profile = expert()
  const hierarchies = { ...profile.hierarchies, rare: hierarchy({ kind: 'codes', map: { 'E75.2': 'E75', 'E75.3': 'E75' } }) }
  const engine = compileProfile({ ...profile, hierarchies, risk: { ...profile.risk, ...more } }, null)
  const traits = engine.traits?.({ patient: { resourceType: 'Patient' }, records: records as readonly Resource[], birth: '1960' })
  if (traits === undefined) throw new Error('nothing is declared')
  return { ...traits, seen: traits.seen.slice(profile.risk.quasiIdentifiers.length) }
}

const diagnosed = (...codes: string[]): object => ({
  resourceType: 'Condition',
  code: { coding: codes.map((code) => ({ system: ICD, code })) }
})
const visited = (start: string): object => ({ resourceType: 'Encounter', period: { start } })

describe('patterns and sensitive values', () => {
  it('visits: the number of records of a type, in bands', () => {
    const patterns = [{ ...GROUNDS, name: 'visits', kind: 'visits', on: 'Encounter', edges: [1, 3] }] as const
    const band = (visits: number): string | undefined =>
      traitsOf(
        { patterns },
        Array.from({ length: visits }, () => visited('2020'))
      ).seen[0]?.[0]
    expect([0, 1, 2, 3, 9].map(band)).to.deep.equal(['0', '1', '1', '2', '2'])
  })

  it('interval: the longest time between two dates that follow each other, whatever their order in the file', () => {
    const patterns = [{ ...GROUNDS, name: 'gap', kind: 'interval', from: ['Encounter.period.start'], edges: [30, 365] }] as const
    const band = (...dates: string[]): string | undefined => traitsOf({ patterns }, dates.map(visited)).seen[0]?.[0]
    expect(band('2020-03-01', '2020-01-01', '2020-02-28T10:00:00Z')).to.equal('1')
    expect(band('2020-01-01', '2020-01-15')).to.equal('0')
    expect(band('2020-01-01')).to.equal('-')
  })

  it('rare code: the codes of the list as they are, then as their parents; others are not looked at', () => {
    const levels = [{ label: 'group', rules: { 'Condition.code': rule('roll-up', { hierarchy: 'rare' }) } }]
    const patterns = [{ ...GROUNDS, name: 'rare', kind: 'rare-code', from: ['Condition.code'], codes: [`${ICD}|E75*`], levels }] as const
    const seen = (...codes: string[]): readonly string[] | undefined => traitsOf({ patterns }, [diagnosed(...codes)]).seen[0]
    expect(seen('E75.2', 'I10')).to.deep.equal([`${ICD}|E75.2`, `${ICD}|E75`])
    expect(seen('E75.3')?.[1], 'like the other at that level').to.equal(seen('E75.2')?.[1])
    expect(seen('I10')).to.deep.equal(['', ''])
  })

  it('sensitive: every value a subject has, none where it has none', () => {
    const values = { hiv: [`${ICD}|B20`], addiction: [`${ICD}|F1*`] }
    const sensitive = [{ ...GROUNDS, name: 'illness', from: ['Condition.code'], values }]
    const told = (...codes: string[]) => traitsOf({ sensitive }, [diagnosed(...codes)]).sensitive[0]
    expect([told('B20'), told('F10.2', 'B20'), told('I10')]).to.deep.equal([['hiv'], ['addiction', 'hiv'], []])
  })
})

describe('who comes how', () => {
  it('whole, without its Patient, or lacking what must be there; an age over 89 is no lack of a birth', () => {
    const profile = expert()
    const quasiIdentifiers = profile.risk.quasiIdentifiers.map((row) =>
      ['birth', 'sex'].includes(row.name) ? { ...row, missing: 'suppress' as const } : row
    )
    const engine = compileProfile({ ...profile, risk: { ...profile.risk, quasiIdentifiers } }, null)
    const came = (patient: Resource | null, birth = '1960') => engine.traits?.({ patient, records: [], birth }).came
    const whole: Resource = { resourceType: 'Patient', gender: 'female' }
    expect([came(whole), came(null), came({ resourceType: 'Patient' })]).to.deep.equal(['whole', 'without its Patient', 'lacking'])
    expect([came(whole, '90+'), came(whole, '-')]).to.deep.equal(['whole', 'lacking'])
  })

  it('without its Patient nothing is seen of quasi-identifiers, and its illnesses and events all the same', () => {
    const sensitive = [{ ...GROUNDS, name: 'illness', from: ['Condition.code'], values: { hiv: [`${ICD}|B20`] } }]
    const patterns = [{ ...GROUNDS, name: 'visits', kind: 'visits', on: 'Encounter', edges: [1] }] as const
    const profile = expert()
    const engine = compileProfile({ ...profile, risk: { ...profile.risk, sensitive, patterns } }, null)
    const records = [diagnosed('B20'), visited('2020')] as readonly Resource[]
    const traits = engine.traits?.({ patient: null, records, birth: '-' })
    expect(traits).to.deep.include({ events: 'some', sensitive: [['hiv']] })
    expect(traits?.seen.map(({ length }) => length)).to.deep.equal([...profile.risk.quasiIdentifiers.map(() => 0), 1])
  })
})

describe('what is wrong with what a profile declares of risk', () => {
  const told = (change: (risk: RiskRule) => RiskRule): string => {
    const profile = expert()
    return profileFaults({ ...profile, risk: change(profile.risk) })
      .map(({ path, message }) => `${path} ${message}`)
      .join('\n')
  }

  it('the profile that ships has no fault', () => {
    expect(told((risk) => risk)).to.equal('')
  })

  it('what leaves of a Patient and no quasi-identifier looks at', () => {
    const text = told((risk) => ({
      ...risk,
      quasiIdentifiers: risk.quasiIdentifiers.filter(({ name }) => !['sex', 'race', 'death'].includes(name))
    }))
    for (const name of ['gender', 'deceased[x]', 'extension.us-core-race', 'extension.us-core-birthsex'])
      expect(text).to.include(`none looks at Patient.${name}, which leaves`)
  })

  it('a name given twice, an element two coarsen, a verb that does not, edges that do not rise, a path that is none', () => {
    const twice = told((risk) => ({ ...risk, quasiIdentifiers: [...risk.quasiIdentifiers, ...risk.quasiIdentifiers.slice(0, 1)] }))
    expect(twice).to.include('is the name of another one, too').and.include('is made coarser by another one, too')
    const kept = told((risk) => ({
      ...risk,
      patterns: [
        { ...GROUNDS, name: 'visits', kind: 'visits', on: 'Encounter', edges: [3, 1] },
        { ...GROUNDS, name: 'gap', kind: 'interval', from: ['Encounter.nothing'], edges: [1] },
        {
          ...GROUNDS,
          name: 'rare',
          kind: 'rare-code',
          from: ['Condition.code'],
          codes: [`${ICD}|E75`],
          levels: [{ label: 'all', rules: { 'Condition.code': rule('keep') } }]
        }
      ]
    }))
    expect(kept)
      .to.include('must rise from edge to edge')
      .and.include('is not an element of FHIR R4')
      .and.include('keep does not make coarser')
  })
})
