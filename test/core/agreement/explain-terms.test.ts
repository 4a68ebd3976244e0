/** The sentences of what narrows an agreement, of its phases and of what is promised: every member is said, and who sees to it. */
import { expect } from 'chai'
import { explainAgreement } from '../../../gateway/core/agreement/explain.ts'
import type { Agreement } from '../../../gateway/generated/policy.ts'
import { agreementWith, hashed, shippedAround } from '../../support/policies.ts'

const around = shippedAround()
const sections = (changes: Partial<Agreement>) => explainAgreement({ ...hashed(agreementWith(changes)), hash: 'sha256:0' }, around)
const text = (changes: Partial<Agreement>): string =>
  sections(changes)
    .flatMap(({ sentences }) => sentences)
    .join('\n')

const ROWS: readonly (readonly [changes: Partial<Agreement>, heading: string, duty: string, says: readonly string[]])[] = [
  [
    { categories: { granted: ['hiv'] } },
    'Which sensitive records may leave',
    'enforced by the gateway',
    ['Granted, hiv', 'Not granted, substance-use', '42 CFR Part 2', 'Not found by them', 'Of no category is found']
  ],
  [
    { codeFilters: { Condition: { code: { in: [{ system: 'http://snomed.info/sct', codes: ['44054006'] }] } } } },
    'What may leave',
    'enforced by the gateway',
    ['A Condition leaves only if its code has one of these codes: 44054006 of http://snomed.info/sct.']
  ],
  [{ roster: { submitted: 'members' } }, 'What may leave', 'enforced by the gateway', ['its own Group members']],
  [{ roster: { group: 'members' } }, 'What may leave', 'enforced by the gateway', ['members of the Group members']],
  [
    { roster: { coverage: { payor: 'Organization/p' } } },
    'What may leave',
    'enforced by the gateway',
    ['active Coverage whose payor is Organization/p']
  ],
  [
    { limits: { period: 'P1Y', records: 7 } },
    'How often, and how much',
    'enforced by the gateway',
    ['In any span of P1Y at most 7 records']
  ],
  [
    { phases: [{ name: 'second', from: '2031-01-01', to: '2032-01-01', resources: { Patient: ['gender'] }, k: 9 }] },
    'In which phases it reads otherwise',
    'enforced by the gateway',
    [
      'In the phase second, from 2031-01-01 up to, but not on, 2032-01-01, resources, k read otherwise.',
      'Then: Patient: gender.',
      'Then: Every patient released must look like at least 8 others'
    ]
  ],
  [
    { evidence: [{ kind: 'baa', id: 'Test BAA 1', digest: `sha256:${'0'.repeat(64)}`, date: '2026-01-01', expires: null }] },
    'On what it stands',
    'enforced by the gateway',
    ['The business associate agreement Test BAA 1', 'has no end']
  ],
  [{ reattestation: { every: 'P1Y' } }, 'On what it stands', 'enforced by the gateway', ['anew every P1Y', 'suspends itself']],
  [
    { responsible: [{ for: 'source', name: 'Example Officer', contact: '1 Example Street' }] },
    'Who answers for it',
    'contractual only',
    ['For the source answers Example Officer (1 Example Street).']
  ],
  [{ senders: ['acme-aco'] }, 'Who may send', 'enforced by the gateway', ['Beside the source acme-aco', 'may send in its name']],
  [
    { clientAuthentication: 'client_secret' },
    'How its parties prove who they are',
    'enforced by the gateway',
    ['or by a secret: whoever learns it is taken for the party']
  ],
  [{ actsFor: ['Example Practice One'] }, 'Who answers for it', 'contractual only', ['acts for: Example Practice One.']],
  [
    { duties: [{ of: 'recipient', text: 'Keeps it in one room.' }] },
    'What else is promised',
    'contractual only',
    ['A duty of the recipient: Keeps it in one room.']
  ],
  [
    { dispute: { contact: 'Example Officer', days: 30 } },
    'What else is promised',
    'contractual only',
    ['Disputes are told to Example Officer, and answered within 30 days.']
  ],
  [
    {
      indicators: [
        {
          name: 'a1c-control',
          about: 'quality',
          measure: 'Patients above 9 % over patients with diabetes.',
          baseline: { value: 30, unit: '%' },
          target: { value: 20, unit: '%' },
          period: { from: '2026-01-01', to: '2027-01-01' },
          owner: 'Example Director',
          paymentClause: 'Clause 4.'
        }
      ]
    },
    'What it is for',
    'contractual only',
    ['a1c-control (quality): Patients above 9 % over patients with diabetes. From 30 % to 20 %', 'Payment: Clause 4.']
  ]
]

describe('core/agreement/explain: what narrows it, and what is promised', () => {
  for (const [changes, heading, duty, says] of ROWS) {
    it(`${Object.keys(changes).join()} is said under '${heading}', which is ${duty}`, () => {
      const section = sections(changes).find((one) => one.heading === heading)
      expect(section?.duty).to.equal(duty)
      for (const part of says) expect(section?.sentences.join('\n')).to.include(part)
      expect(text({})).not.to.include(says[0])
    })
  }

  it('of what is not there nothing is said', () => {
    const headings = sections({}).map(({ heading }) => heading)
    for (const heading of [
      'Who may send',
      'How its parties prove who they are',
      'Who answers for it',
      'On what it stands',
      'In which phases it reads otherwise',
      'What else is promised',
      'What it is for'
    ])
      expect(headings).not.to.include(heading)
  })

  it('a phase that reads the same says so', () => {
    expect(text({ phases: [{ name: 'same', from: '2031-01-01', to: '2032-01-01' }] })).to.include('nothing reads otherwise')
  })
})
