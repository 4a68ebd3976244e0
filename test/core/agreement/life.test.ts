/** The life of a version of an agreement: every state, act and actor, and what the database is held to. */
import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import {
  type Act,
  type Actor,
  type AgreementState,
  dueAct,
  nextState,
  speaking,
  transitions
} from '../../../gateway/core/agreement/life.ts'

const STATES: readonly AgreementState[] = ['draft', 'proposed', 'approved', 'active', 'suspended', 'expired', 'revoked', 'superseded']
const ACTS: readonly Act[] = ['propose', 'approve', 'complete', 'reject', 'activate', 'suspend', 'resume', 'revoke', 'expire', 'supersede']
const ACTORS: readonly Actor[] = ['proposer', 'source', 'recipient', 'privacy-officer', 'gateway']
const SIDES = 'source recipient privacy-officer'

/** All that may be done: state, act, who, and the state after. */
const MAY: readonly (readonly [from: AgreementState, act: Act, who: string, to: AgreementState])[] = [
  ['draft', 'propose', 'proposer', 'proposed'],
  ['proposed', 'approve', SIDES, 'proposed'],
  ['proposed', 'complete', 'gateway', 'approved'],
  ['proposed', 'reject', SIDES, 'revoked'],
  ['proposed', 'revoke', SIDES, 'revoked'],
  ['proposed', 'expire', 'gateway', 'expired'],
  ['approved', 'activate', 'gateway', 'active'],
  ['approved', 'revoke', SIDES, 'revoked'],
  ['approved', 'expire', 'gateway', 'expired'],
  ['active', 'suspend', `${SIDES} gateway`, 'suspended'],
  ['active', 'revoke', SIDES, 'revoked'],
  ['active', 'expire', 'gateway', 'expired'],
  ['active', 'supersede', 'gateway', 'superseded'],
  ['suspended', 'resume', 'privacy-officer', 'active'],
  ['suspended', 'revoke', SIDES, 'revoked']
]

function expected(from: AgreementState, act: Act, who: Actor): object {
  const row = MAY.find((may) => may[0] === from && may[1] === act)
  if (row === undefined) return { code: 'out-of-state' }
  return row[2].split(' ').includes(who) ? { state: row[3] } : { code: 'not-an-approver' }
}

describe('core/agreement/life', () => {
  for (const from of STATES)
    it(`${from}: what may be done, by whom, and nothing else`, () => {
      for (const act of ACTS)
        for (const who of ACTORS) expect(nextState(from, act, who), `${act} by ${who}`).to.deep.equal(expected(from, act, who))
    })

  it('the trigger of the database lets a row change as this table does, and no other way', () => {
    const sql = readFileSync(new URL('../../../schemas/sql/025_suspended_stays.sql', import.meta.url), 'utf8')
    const held = [...(/NOT IN \(([\s\S]*?)\) THEN/.exec(sql)?.[1] ?? '').matchAll(/\('([a-z]+)', '([a-z]+)'\)/g)].map(
      ([, from, to]) => `${from} ${to}`
    )
    const may = transitions().filter(([from]) => from !== 'draft')
    expect(held.sort()).to.deep.equal([...new Set(may.map((pair) => pair.join(' ')))].sort())
  })

  it('the version in force speaks for an agreement, a stopped one before what is to come, a newer before an older; none that was replaced', () => {
    const versions = (...states: AgreementState[]) => states.map((state, n) => ({ version: n + 1, state }))
    const spoken = (...states: AgreementState[]): number | null => speaking(versions(...states))?.version ?? null
    expect(spoken('superseded', 'active', 'proposed')).to.equal(2)
    expect(spoken('suspended', 'approved')).to.equal(1)
    expect(spoken('revoked', 'proposed')).to.equal(1)
    expect(spoken('revoked', 'active')).to.equal(2)
    expect(spoken('expired', 'expired', 'revoked')).to.equal(3)
    expect(spoken('superseded')).to.equal(null)
  })

  for (const [state, day, act] of [
    ['approved', '2026-02-28', null],
    ['approved', '2026-03-01', 'activate'],
    ['approved', '2026-04-01', 'expire'],
    ['active', '2026-03-31', null],
    ['active', '2026-04-01', 'expire'],
    ['suspended', '2026-04-01', null],
    ['proposed', '2026-04-01', 'expire'],
    ['proposed', '2026-03-15', null],
    ['revoked', '2026-05-01', null],
    ['superseded', '2026-05-01', null]
  ] as const)
    it(`from 1 March to 1 April: ${state} on ${day} is due to ${act ?? 'nothing'}`, () => {
      expect(dueAct({ state }, { effective: '2026-03-01', expires: '2026-04-01' }, day)).to.equal(act)
    })
})
