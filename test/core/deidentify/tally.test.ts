/** The counts of a report: each record once, also where a subject has to be judged again by an event that is dated after the release. */
import { expect } from 'chai'
import { compileProfile } from '../../../gateway/core/deidentify/compile/compile.ts'
import { createTally } from '../../../gateway/core/deidentify/tally.ts'
import { recordProfiles, releaseAs } from '../../support/release.ts'

describe('core/deidentify/tally', () => {
  it('who turns 90 by an event that is dated later is released under that age, and counted once', () => {
    const profile = recordProfiles().find(({ name }) => name === 'safe-harbor')
    if (profile === undefined) throw new Error('safe-harbor ships')
    const tally = createTally()
    const engine = compileProfile(profile, null, tally)
    const visit = (id: string, start: string) => ({
      resourceType: 'Encounter',
      id,
      status: 'planned',
      class: { code: 'AMB' },
      odd: 'x',
      extension: [{ url: 'urn:odd' }],
      subject: { reference: 'Patient/p1' },
      period: { start }
    })
    const born = { resourceType: 'Patient', id: 'p1', gender: 'female', birthDate: '1937-05-04' }
    const { released } = releaseAs(engine, [born, visit('e1', '2024-01-01'), visit('e2', '2031-02-03')])
    expect(JSON.stringify(released), 'a year that tells the age').not.to.match(/1937/)
    expect(tally.rules.get('Patient.birthDate')).to.deep.include({ seen: 1, removed: 1, changed: 0 })
    expect(tally.rules.get('Encounter.period.start')?.seen ?? tally.rules.get('Encounter.period')?.seen).to.equal(2)
    expect([...tally.uncovered.values()].reduce((sum, each) => sum + each, 0)).to.equal(2)
    expect([...tally.stripped.values()]).to.deep.equal([2])
  })
})
