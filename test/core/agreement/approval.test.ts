/** Which signed words about an agreement count: every attack by name. */
import { expect } from 'chai'
import { isComplete, missing, type SignedWord, type Times, wordFault } from '../../../gateway/core/agreement/approval.ts'
import type { Approval } from '../../../gateway/generated/policy.ts'
import { agreementWith, hashed } from '../../support/policies.ts'

const SUBJECT = hashed(agreementWith({ expires: '2027-01-01' }))
const NOW: Times = { at: '2026-06-01T12:00:00.000Z', live: 'yes', since: null }
const FOLDER: Times = { ...NOW, live: 'no' }

function word(as: Approval['as'], changes: Partial<Approval> & { readonly key?: string } = {}): SignedWord {
  const { key = `key of ${as}`, ...rest } = changes
  const { id, version } = SUBJECT.agreement
  const decision = as === 'proposer' ? 'propose' : 'approve'
  const at = '2026-06-01T12:00:00Z'
  return { key, approval: { v: 1, agreement: id, version, hash: SUBJECT.hash, as, decision, officer: `${as} officer`, at, ...rest } }
}

const PROPOSED = word('proposer')

describe('core/agreement/approval', () => {
  it('proposed, then approved by source, recipient and privacy officer: four people, four keys, and complete with the last', () => {
    const given = [PROPOSED]
    for (const as of ['source', 'recipient', 'privacy-officer'] as const) {
      expect(isComplete(given), as).to.equal(false)
      expect(wordFault(SUBJECT, given, word(as), NOW)).to.equal(null)
      given.push(word(as))
    }
    expect([isComplete(given), missing(given)]).to.deep.equal([true, []])
    expect(isComplete(given.slice(1)), 'without a proposal').to.equal(false)
    expect(missing([PROPOSED])).to.deep.equal(['source', 'recipient', 'privacy-officer'])
  })

  for (const [rule, given, spoken, times, code] of [
    ['nobody approves what he or she proposed: the same key', [PROPOSED], word('source', { key: PROPOSED.key }), NOW, 'self-approval'],
    [
      'nobody approves what he or she proposed: the same person with another key, spelt otherwise',
      [PROPOSED],
      word('source', { officer: ' Proposer  OFFICER ' }),
      NOW,
      'self-approval'
    ],
    ['three are three people', [PROPOSED, word('source')], word('recipient', { officer: 'source officer' }), NOW, 'self-approval'],
    ['an approval of another agreement', [PROPOSED], word('source', { agreement: 'another' }), NOW, 'approval-of-another'],
    ['an approval of another version', [PROPOSED], word('source', { version: 2 }), NOW, 'approval-of-another'],
    ['an approval of another hash', [PROPOSED], word('source', { hash: `sha256:${'0'.repeat(64)}` }), NOW, 'approval-of-another'],
    ['an approval again', [PROPOSED, word('source')], word('source'), NOW, 'approval-replayed'],
    [
      'a second approval for the same side, by another person',
      [PROPOSED, word('source')],
      word('source', { key: 'k', officer: 'Other' }),
      NOW,
      'approval-replayed'
    ],
    ['a proposer who approves', [], word('proposer', { decision: 'approve' }), NOW, 'not-an-approver'],
    ['an approver who proposes', [PROPOSED], word('source', { decision: 'propose' }), NOW, 'not-an-approver'],
    ['clock skew: an approval of the future', [PROPOSED], word('source', { at: '2026-06-01T12:10:01Z' }), NOW, 'approval-clock'],
    ['clock skew: ten minutes are borne', [PROPOSED], word('source', { at: '2026-06-01T12:10:00Z' }), NOW, null],
    ['a live approval kept for later', [PROPOSED], word('source', { at: '2026-06-01T11:49:59Z' }), NOW, 'approval-clock'],
    [
      'in the folder one of a week ago counts',
      [word('proposer', { at: '2026-05-20T00:00:00Z' })],
      word('source', { at: '2026-05-25T00:00:00Z' }),
      FOLDER,
      null
    ],
    ['though not one of before it was proposed', [PROPOSED], word('source', { at: '2026-05-25T00:00:00Z' }), FOLDER, 'approval-clock'],
    ['nor one of the future', [PROPOSED], word('source', { at: '2026-06-02T00:00:00Z' }), FOLDER, 'approval-clock'],
    [
      'nor one signed before an earlier version was stopped',
      [],
      word('proposer', { at: '2026-05-25T00:00:00Z' }),
      { ...FOLDER, since: '2026-05-26T00:00:00.000Z' },
      'approval-clock'
    ],
    [
      'back-dated expiry: a text whose last day is past',
      [],
      word('proposer', { at: '2027-01-01T00:00:00Z' }),
      { ...NOW, at: '2027-01-01T00:00:00.000Z' },
      'expiry-past'
    ]
  ] as const)
    it(`${rule}: ${code ?? 'counts'}`, () => {
      expect(wordFault(SUBJECT, given, spoken, times)).to.equal(code)
    })
})
