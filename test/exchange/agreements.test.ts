/**
 * The life of agreements on a real database: who may bring a version into force and who may not, each attack by the code that refuses it; what the database itself
 * refuses; and which version the doors then see.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { actOn } from '../../gateway/exchange/agreement/agreement-acts.ts'
import { takeOver } from '../../gateway/exchange/agreement/agreement-folder.ts'
import { versionsTold } from '../../gateway/exchange/agreement/agreement-history.ts'
import { keepDays, propose, speak, withTexts } from '../../gateway/exchange/agreement/agreements.ts'
import { policiesNow } from '../../gateway/exchange/policy-live.ts'
import type { Agreement } from '../../gateway/generated/policy.ts'
import { listVersions } from '../../gateway/store/agreements.ts'
import { refusal, useAgreements, WORD } from '../support/agreements.ts'
import { entriesIn } from '../support/entries.ts'
import { asDraft, query } from '../support/house.ts'
import { shippedProfile } from '../support/policies.ts'

describe('exchange/agreements', function () {
  this.timeout(60_000)
  const { url, pool, site, clock, folder, reread, write, draft, room, entry, said, approveAll, stateOf } = useAgreements()

  async function kinds(id: string): Promise<string[]> {
    return (await entriesIn(url())).filter((told) => told['agreement'] === id).map(({ kind }) => String(kind))
  }

  it('proposed, approved by three, active with the third; both sides may read each entry; the version names its signers', async () => {
    draft('life')
    expect(await stateOf('life')).to.equal('draft')
    expect(await approveAll('life')).to.equal('proposed proposed active')
    expect(await stateOf('life')).to.equal('active')
    expect(await kinds('life')).to.deep.equal(['agreement-proposed', ...Array(3).fill('agreement-approved'), 'agreement-activated'])
    const told = (await entriesIn(url())).find((one) => one['agreement'] === 'life' && one.kind === 'agreement-activated')
    expect(told).to.deep.include({ version: 1, policy: entry('life').hash, supersedes: null })
    expect(told?.readers).to.deep.equal(['demo-hospital', 'demo-insurer'])
    const [version] = await versionsTold(pool(), 'life')
    expect(version?.signed.map(({ as }) => as).sort()).to.deep.equal(['privacy-officer', 'proposer', 'recipient', 'source'])
  })

  it('the attacks, each refused by name, and none of them leaves anything', async () => {
    draft('attacked')
    draft('other')
    const early = said('attacked', 'source')
    expect(await refusal(() => speak(room(), early)), 'approved before it is proposed').to.equal('agreement-unknown')
    expect(await refusal(() => propose(room(), entry('attacked'), said('other', 'proposer')))).to.equal('approval-of-another')
    expect(await refusal(() => propose(room(), entry('attacked'), said('attacked', 'source')))).to.equal('not-an-approver')
    await propose(room(), entry('attacked'), said('attacked', 'proposer'))
    const old = new Date(Date.now() - 11 * 60_000).toISOString()
    const future = new Date(Date.now() + 11 * 60_000).toISOString()
    for (const [rule, jws, code] of [
      ['the proposer as source, by the same name', said('attacked', 'source', { officer: 'Demo-Author' }), 'self-approval'],
      ['the proposer as officer', said('attacked', 'privacy-officer', { officer: 'demo-author' }), 'not-an-approver'],
      ['an officer nobody knows', said('attacked', 'privacy-officer', { officer: 'nobody' }), 'not-an-approver'],
      ['the hospital for the insurer', swapped('attacked', 'recipient', 'demo-hospital'), 'approval-invalid'],
      ['another hash', said('attacked', 'source', { hash: entry('other').hash }), 'approval-of-another'],
      ['another version', said('attacked', 'source', { version: 9 }), 'approval-of-another'],
      ['another agreement', said('attacked', 'source', { agreement: 'other' }), 'agreement-unknown'],
      ['too old', said('attacked', 'source', { at: old }), 'approval-clock'],
      ['of the future', said('attacked', 'source', { at: future }), 'approval-clock'],
      ['not a word at all', 'nonsense', 'approval-invalid']
    ] as const)
      expect([rule, await refusal(() => speak(room(), jws))]).to.deep.equal([rule, code])
    await speak(room(), said('attacked', 'source'))
    expect(await refusal(() => speak(room(), said('attacked', 'source'))), 'replayed').to.equal('approval-replayed')
    expect(await stateOf('attacked')).to.equal('proposed')
    expect(await kinds('attacked')).to.deep.equal(['agreement-proposed', 'agreement-approved'])
  })

  /** A word in the capacity `as`, signed with the key of `who`, whose kid it bears. */
  function swapped(id: string, as: 'recipient', who: string): string {
    const place = join(site().folder, 'signing', 'demo-insurer.jwk')
    const kept = readFileSync(place, 'utf8')
    writeFileSync(place, readFileSync(join(site().folder, 'signing', `${who}.jwk`), 'utf8'))
    try {
      return said(id, as)
    } finally {
      writeFileSync(place, kept)
    }
  }

  it('an approved version edited: neither proposed nor taken over from the folder; the approved text stays in force', async () => {
    const { agreement, hash } = entry('life')
    write('life', { version: agreement.version, k: 4 })
    expect(await refusal(() => propose(room(), entry('life'), said('life', 'proposer')))).to.equal('version-edited')
    expect(await takeOver(room(), folder())).to.deep.include({ agreement: 'life', code: 'version-edited' })
    expect((await policiesNow(pool(), folder(), new Date())).agreements.get('life')).to.include({ hash, state: 'active' })
  })

  it('back-dated expiry: what is over cannot be proposed, nor approved when it is over by then', async () => {
    draft('over', { effective: '2020-01-01', expires: new Date().toISOString().slice(0, 10) })
    expect(await refusal(() => propose(room(), entry('over'), said('over', 'proposer')))).to.equal('expiry-past')
  })

  it('a newer version, approved, takes the place of the one before; a rejected one ends, and its number with it', async () => {
    draft('life', { k: 5 })
    expect(await approveAll('life')).to.match(/active$/)
    expect((await versionsTold(pool(), 'life')).map(({ state }) => state)).to.deep.equal(['superseded', 'active'])
    draft('life', { k: 6 })
    await propose(room(), entry('life'), said('life', 'proposer'))
    expect((await speak(room(), said('life', 'recipient', { decision: 'reject' }))).state).to.equal('revoked')
    expect(await refusal(() => speak(room(), said('life', 'source')))).to.equal('out-of-state')
    expect(await stateOf('life'), 'the second goes on').to.equal('active')
  })

  it('suspended: the folder lifts nothing, a newer version approved meanwhile waits; resumed, it takes its place', async () => {
    draft('paused')
    await approveAll('paused')
    expect((await actOn(room(), 'paused', 'suspend', WORD)).state).to.equal('suspended')
    expect(await refusal(() => actOn(room(), 'paused', 'suspend', WORD))).to.equal('out-of-state')
    expect(await refusal(() => actOn(room(), 'paused', 'resume', { ...WORD, as: 'source' }))).to.equal('not-an-approver')
    expect(await refusal(() => actOn(room(), 'paused', 'resume', { ...WORD, reason: ' ' }))).to.equal('bad-request')
    await takeOver(room(), folder())
    expect(await stateOf('paused')).to.equal('suspended')
    write('paused', { k: 5 })
    await takeOver(room(), folder())
    expect((await versionsTold(pool(), 'paused')).map(({ state }) => state)).to.deep.equal(['suspended', 'approved'])
    expect(await stateOf('paused')).to.equal('suspended')
    await actOn(room(), 'paused', 'resume', WORD)
    const versions = await withTexts(pool(), await listVersions(pool(), 'paused'))
    expect(await keepDays(room(), versions)).to.equal(1)
    expect((await versionsTold(pool(), 'paused')).map(({ state }) => state)).to.deep.equal(['superseded', 'active'])
  })

  it('revoked with all that was to come: a version approved before comes into force no more, after a suspension neither', async () => {
    const day = (n: number): string => new Date(Date.now() + n * 86_400_000).toISOString().slice(0, 10)
    for (const [id, acts] of [
      ['gone', ['revoke']],
      ['stopped', ['suspend', 'revoke']]
    ] as const) {
      draft(id)
      await approveAll(id)
      draft(id, { effective: day(2) })
      expect(await approveAll(id)).to.match(/approved$/)
      for (const act of acts) await actOn(room(), id, act, WORD)
      expect((await versionsTold(pool(), id)).map(({ state }) => state)).to.deep.equal(['revoked', 'revoked'])
      clock.ahead = 2 * 86_400_000
      expect(await keepDays(room(), await withTexts(pool(), await listVersions(pool(), id)))).to.equal(0)
      clock.ahead = 0
    }
  })

  it('suspended past its last day it stays so: neither a version approved before nor one of the folder, signed before, comes into force', async () => {
    const day = (n: number): string => new Date(Date.now() + n * 86_400_000).toISOString().slice(0, 10)
    draft('ending', { expires: day(2) })
    await approveAll('ending')
    draft('ending', { expires: day(90), effective: day(1) })
    expect(await approveAll('ending')).to.match(/approved$/)
    write('ending', { expires: day(91) })
    await new Promise((resolve) => setTimeout(resolve, 5))
    await actOn(room(), 'ending', 'suspend', WORD)
    clock.ahead = 3 * 86_400_000
    expect(await keepDays(room(), await withTexts(pool(), await listVersions(pool(), 'ending')))).to.equal(0)
    expect(await takeOver(room(), folder())).to.deep.include({ agreement: 'ending', code: 'approval-clock' })
    clock.ahead = 0
    expect((await versionsTold(pool(), 'ending')).map(({ state }) => state)).to.deep.equal(['suspended', 'approved'])
  })

  it('revoked, for good: signatures of before bring no newer version into force, only new ones do', async () => {
    draft('ended')
    await approveAll('ended')
    write('ended', { k: 5 })
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect((await actOn(room(), 'ended', 'revoke', WORD)).state).to.equal('revoked')
    expect(await takeOver(room(), folder())).to.deep.include({ agreement: 'ended', code: 'approval-clock' })
    expect(await stateOf('ended')).to.equal('revoked')
    for (const act of ['resume', 'suspend', 'revoke'] as const)
      expect(await refusal(() => actOn(room(), 'ended', act, WORD)), act).to.equal('out-of-state')
    asDraft(site(), 'ended')
    reread()
    expect(await approveAll('ended')).to.match(/active$/)
  })

  it('approved before its first day, it comes into force on it, and expires on its last, each with its entry', async () => {
    const day = (n: number): string => new Date(Date.now() + n * 86_400_000).toISOString().slice(0, 10)
    draft('dated', { effective: day(2), expires: day(4) })
    expect(await approveAll('dated')).to.match(/approved$/)
    const versions = async () => withTexts(pool(), await listVersions(pool(), 'dated'))
    expect(await keepDays(room(), await versions())).to.equal(0)
    clock.ahead = 2 * 86_400_000
    expect(await keepDays(room(), await versions())).to.equal(1)
    expect(await stateOf('dated')).to.equal('active')
    clock.ahead = 4 * 86_400_000
    expect(await keepDays(room(), await versions())).to.equal(1)
    clock.ahead = 0
    expect(await stateOf('dated')).to.equal('expired')
    expect((await kinds('dated')).slice(-2)).to.deep.equal(['agreement-activated', 'agreement-expired'])
  })

  it('two that cannot stand together: the third approval of the second is refused', async () => {
    const groups = (k: number): Partial<Agreement> => ({
      mode: 'expert-determination',
      noActualKnowledge: null,
      profile: shippedProfile('expert-determination'),
      k
    })
    draft('apart', groups(3))
    await propose(room(), entry('apart'), said('apart', 'proposer'))
    for (const as of ['source', 'recipient'] as const) await speak(room(), said('apart', as))
    expect(await refusal(() => speak(room(), said('apart', 'privacy-officer')))).to.equal('agreements-conflict')
    expect(await stateOf('apart')).to.equal('proposed')
  })

  it('the database refuses what no program may do: another text, a state out of order, a signature changed, added late or taken back', async () => {
    const { hash } = entry('attacked')
    for (const sql of [
      `UPDATE agreement_version SET hash = 'x' WHERE hash = '${hash}'`,
      `UPDATE agreement_version SET version = 7 WHERE hash = '${hash}'`,
      `UPDATE agreement_version SET state = 'active' WHERE hash = '${hash}'`,
      `DELETE FROM agreement_version`,
      `TRUNCATE agreement_version CASCADE`,
      `UPDATE agreement_approval SET officer = 'x'`,
      `DELETE FROM agreement_approval`,
      `INSERT INTO agreement_approval SELECT v.hash, 'source', 'x', 'x', '{}', 'x' FROM agreement_version v WHERE v.state = 'active'`,
      `INSERT INTO agreement_version SELECT hash, agreement, 99, source, recipient, origin, 'active', since FROM agreement_version`
    ]) {
      const outcome = await query(url(), sql).then(
        () => 'done',
        (error: Error) => error.message
      )
      expect(outcome, sql).to.match(/never another|append-only|only a proposed|begins as proposed/)
    }
  })

  it('a row forged past the triggers is not believed: without signatures that verify it is a draft', async () => {
    draft('forged')
    await propose(room(), entry('forged'), said('forged', 'proposer'))
    await query(url(), 'ALTER TABLE agreement_version DISABLE TRIGGER agreement_version_life')
    await query(url(), "UPDATE agreement_version SET state = 'active' WHERE agreement = 'forged'")
    await query(url(), 'ALTER TABLE agreement_version ENABLE TRIGGER agreement_version_life')
    expect(await stateOf('forged')).to.equal('draft')
  })

  it('an agreement that came with the folder goes with the folder', async () => {
    write('leaving', {})
    await takeOver(room(), folder())
    expect(await stateOf('leaving')).to.equal('active')
    const without = folder()
    const agreements = new Map([...without.agreements].filter(([id]) => id !== 'leaving'))
    expect((await policiesNow(pool(), { ...without, agreements }, new Date())).agreements.has('leaving')).to.equal(false)
  })
})
