/** What a change of an agreement means for what leaves, member by member. */
import { expect } from 'chai'
import { type AgreementDiff, diff } from '../../../gateway/core/agreement/diff.ts'
import { DAYS, MEMBERS } from '../../../gateway/core/agreement/diff-members.ts'
import type { Agreement } from '../../../gateway/generated/policy.ts'
import schema from '../../../schemas/policy/agreement.json' with { type: 'json' }
import { agreementWith, DATA_USE } from '../../support/policies.ts'

const MODEL = agreementWith({
  resources: { Patient: ['gender', 'address.state'], Condition: ['clinicalStatus', 'code'] },
  categories: { granted: ['hiv'] },
  // where nothing is made coarser, refused or held, less of one lets no other out
  belowK: ['suppress'],
  suppressionLimit: 1
})

function changed(changes: Partial<Agreement>, from: Partial<Agreement> = {}): AgreementDiff {
  const before = { ...MODEL, ...from }
  return diff(before, { ...before, ...changes })
}

const SET = (codes: [string, ...string[]]): NonNullable<Agreement['codeFilters']> => ({
  Condition: { code: { in: [{ system: 'http://snomed.info/sct', codes }] } }
})
const PHASE = { name: 'second', from: '2031-01-01', to: '2032-01-01' }
const EVIDENCE = { kind: 'baa', id: 'Test BAA 1', digest: `sha256:${'0'.repeat(64)}`, date: '2020-01-01', expires: '2035-01-01' } as const

type Row = readonly [says: string, direction: AgreementDiff['direction'], changes: Partial<Agreement>, from?: Partial<Agreement>]

const ROWS: readonly Row[] = [
  ['nothing', 'neither', {}],
  ['another version', 'neither', { version: 2 }],
  ['other words for the law', 'neither', { legalReference: 'Another contract' }],
  ['another type', 'widens', { resources: { ...MODEL.resources, Observation: ['status'] } }],
  ['a type less', 'narrows', { resources: { Patient: ['gender', 'address.state'] } }],
  ['a trait less: groups are larger', 'widens', { resources: { ...MODEL.resources, Patient: ['gender'] } }],
  ['all of an element of which a part left', 'widens', { resources: { ...MODEL.resources, Patient: ['gender', 'address'] } }],
  [
    'a part of an element of which all left',
    'narrows',
    { resources: { Patient: ['gender'], Encounter: ['period.start'] } },
    { resources: { Patient: ['gender'], Encounter: ['period'] } }
  ],
  ['one element for another', 'widens', { resources: { ...MODEL.resources, Patient: ['gender', 'birthDate'] } }],
  [
    'a window that begins earlier',
    'widens',
    { dateWindow: { from: '2019-01-01', to: null } },
    { dateWindow: { from: '2020-01-01', to: null } }
  ],
  ['a window that begins', 'narrows', { dateWindow: { from: '2019-01-01', to: null } }],
  ['a window that ends no more', 'widens', { dateWindow: { from: null, to: null } }, { dateWindow: { from: null, to: '2030-01-01' } }],
  ['another sensitive category', 'widens', { categories: { granted: ['hiv', 'genetic'] } }],
  ['a sensitive category less', 'narrows', { categories: { granted: [] } }],
  ['a value set', 'narrows', { codeFilters: SET(['1']) }],
  ['a code more', 'widens', { codeFilters: SET(['1', '2']) }, { codeFilters: SET(['1']) }],
  ['a code less', 'narrows', { codeFilters: SET(['1']) }, { codeFilters: SET(['1', '2']) }],
  ['smaller groups', 'widens', { k: 2 }, { k: 3 }],
  ['larger groups', 'narrows', { k: 4 }, { k: 3 }],
  ['larger groups, where what is alone is made coarser: others are, too', 'widens', { k: 4 }, { k: 3, belowK: ['generalize', 'suppress'] }],
  [
    'a window that begins, where a dataset with too many left out is held',
    'widens',
    { dateWindow: { from: '2019-01-01', to: null } },
    { suppressionLimit: 0.2 }
  ],
  ['a roster', 'narrows', { roster: { group: 'members' } }],
  ['another roster', 'widens', { roster: { group: 'others' } }, { roster: { group: 'members' } }],
  ['a limit', 'narrows', { limits: { period: 'P1Y', records: 5 } }],
  ['a higher limit', 'widens', { limits: { period: 'P1Y', records: 6 } }, { limits: { period: 'P1Y', records: 5 } }],
  ['the same limit over less time', 'widens', { limits: { period: 'P1M', records: 5 } }, { limits: { period: 'P1Y', records: 5 } }],
  ['a day more', 'widens', { expires: '2040-01-02' }, { expires: '2040-01-01' }],
  ['a day less', 'narrows', { expires: '2039-12-31' }, { expires: '2040-01-01' }],
  ['a phase that lets the same leave', 'neither', { phases: [PHASE] }],
  ['a phase that lets more leave', 'widens', { phases: [{ ...PHASE, resources: { ...MODEL.resources, Encounter: ['status', 'class'] } }] }],
  ['a phase that lets less leave', 'narrows', { phases: [{ ...PHASE, resources: { Patient: ['gender', 'address.state'] } }] }],
  [
    'a narrow phase that begins a day later',
    'widens',
    { phases: [{ ...PHASE, from: '2031-01-02', k: 9 }] },
    { phases: [{ ...PHASE, k: 9 }] }
  ],
  ['evidence that ends', 'narrows', { evidence: [EVIDENCE] }],
  ['evidence that ends later', 'widens', { evidence: [{ ...EVIDENCE, expires: '2036-01-01' }] }, { evidence: [EVIDENCE] }],
  ['datasets that are not sealed', 'widens', { sealedForm: 'transport-only' }],
  [
    'releases more often',
    'widens',
    { releaseWindow: { every: 'P1M', attestation: null } },
    { releaseWindow: { every: 'P1Y', attestation: null } }
  ],
  [
    'releases more rarely',
    'narrows',
    { releaseWindow: { every: 'P2Y', attestation: null } },
    { releaseWindow: { every: 'P1Y', attestation: null } }
  ],
  ['another data use agreement', 'widens', { dataUseAgreement: { ...DATA_USE, id: 'Another' } }, { dataUseAgreement: DATA_USE }],
  ['another purpose', 'widens', { purposeOfUse: 'HMARKT' }],
  ['another key', 'widens', { recipientKey: 'another-key' }],
  [
    'a duty that is gone',
    'widens',
    { duties: [] as unknown as NonNullable<Agreement['duties']> },
    { duties: [{ of: 'recipient', text: 'Keeps it in one room.' }] }
  ]
]

describe('core/agreement/diff', () => {
  for (const [says, direction, changes, from] of ROWS) {
    it(`${says}: ${direction}`, () => {
      expect(changed(changes, from).direction).to.equal(direction)
    })
  }

  it('every member of the schema has a row, or says when an agreement holds', () => {
    const rows = new Set([...Object.keys(MEMBERS), ...DAYS])
    expect(Object.keys(schema.properties).filter((name) => !rows.has(name))).to.deep.equal([])
  })

  it('a member that nobody knows of widens when it comes, changes or goes', () => {
    const odd = { ...MODEL, later: { more: true } } as unknown as Agreement
    expect(diff(MODEL, odd).direction).to.equal('widens')
    expect(diff(odd, MODEL).direction).to.equal('widens')
    expect(diff(odd, odd).direction).to.equal('neither')
  })

  it('one change may widen and another narrow: both are said, and the whole widens', () => {
    const { direction, changes } = changed({ k: 2, dateWindow: { from: '2020-01-01', to: null } }, { k: 3 })
    expect([direction, ...changes.map((change) => change.direction).sort()]).to.deep.equal(['widens', 'narrows', 'widens'])
  })

  it('a change says on which days it counts, and days on end are said as one', () => {
    const { changes } = changed(
      {
        phases: [
          { ...PHASE, k: 2 },
          { ...PHASE, name: 'third', from: '2032-01-01', to: '2033-01-01', k: 2 }
        ]
      },
      { k: 3 }
    )
    expect(changes.map(({ days }) => days)).to.deep.equal([[['2031-01-01', '2033-01-01']]])
  })
})
