/** The indicators are those a recipient of records would compute from the derived fields. */
import { expect } from 'chai'
import { contributionOf } from '../../../gateway/core/aggregate/contribution.ts'
import { makeFeed } from '../../../gateway/synthetic/feed.ts'
import { deriveSubject } from '../../support/derive.ts'

const FIELDS = (['length-of-stay', 'readmission-30'] as const).map((name) => ({ name, on: ['Encounter'] }))

describe('what a subject adds to the indicators', () => {
  it('is, stay by stay, what the derived fields of its records say', () => {
    let stays = 0
    for (const { resources } of makeFeed({ seed: 'derived', patients: 300, at: '2026-06-30' })) {
      const derived = [
        ...deriveSubject(FIELDS, { records: resources, birthDate: undefined, deceasedDateTime: undefined, over90: false, onlyYears: false })
      ].map(([index, { length, extensions }]) => {
        const [extension] = extensions as { url: string; valueBoolean: boolean }[]
        const { end } = (resources[index]?.['period'] ?? {}) as { end: string }
        return { year: end.slice(0, 4), days: (length as { value: number }).value, readmitted: extension?.valueBoolean }
      })
      expect(contributionOf('s', resources, () => true).stays).to.deep.equal(derived)
      stays += derived.length
    }
    expect(stays).to.be.greaterThan(50)
  })

  it('counts only what the agreement reaches, but sees all of it: an admission outside the window still follows one inside', () => {
    const stay = (start: string, end: string) => ({
      resourceType: 'Encounter',
      status: 'finished',
      class: { code: 'IMP' },
      period: { start, end }
    })
    const records = [stay('2024-12-01', '2024-12-20'), stay('2025-01-02', '2025-01-05')]
    const inside = contributionOf('s', records, (record) => record === records[0])
    expect(inside.stays).to.deep.equal([{ year: '2024', days: 19, readmitted: true }])
  })
})
