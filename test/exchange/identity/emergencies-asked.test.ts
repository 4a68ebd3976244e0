/** Break-glass: who may ask for what. Separation of duties holds for the sum of file, what stands and what is asked for. */
import { expect } from 'chai'
import { MOST_HOURS } from '../../../gateway/core/identity/emergency.ts'
import type { Asking } from '../../../gateway/exchange/identity/emergencies.ts'
import { ASKING, by, useEmergencies } from '../../support/emergencies.ts'

describe('exchange/identity/emergencies: asking', function () {
  this.timeout(30_000)
  const { replica, doors, refused, ask, approve } = useEmergencies()

  it('auditors and officers of a party neither ask nor approve; nobody asks for their roles', async () => {
    const view = await ask()
    for (const who of ['audit-one', 'admin-one', 'nobody-here']) {
      expect(await refused(ask({}, who)), who).to.equal('scope-missing')
      expect(await refused(approve(who, view)), who).to.equal('not-an-approver')
    }
    expect(await refused(ask({ roles: ['hospital-admin'] }))).to.equal('duties-apart')
    expect(await refused(ask({ roles: ['auditor'] }))).to.equal('duties-apart')
  })

  it('separation of duties holds for the sum of file, what stands, and what is asked: never who defines and approves, nor who operates and either', async () => {
    const cases: readonly (readonly [string, Asking['roles']])[] = [
      ['author-one', ['privacy-officer']],
      ['priv-one', ['proposer']],
      ['review-one', ['proposer', 'privacy-officer']],
      ['op-one', ['privacy-officer']],
      ['op-one', ['proposer']]
    ]
    for (const [who, roles] of cases) expect(await refused(ask({ roles }, who)), `${who} ${roles}`).to.equal('duties-apart')
    const first = await ask({ roles: ['proposer'], sees: [] }, 'review-one')
    await approve('priv-one', first)
    await approve('op-one', first)
    const own = replica()
    await own.look()
    expect(await refused(own.doors.ask(by('review-one'), { ...ASKING, roles: ['privacy-officer'] }))).to.equal('duties-apart')
  })

  it('two that are harmless one by one are not granted together', async () => {
    const [one, other] = [
      await ask({ roles: ['proposer'], sees: [] }, 'review-one'),
      await ask({ roles: ['privacy-officer'], sees: [] }, 'review-one')
    ]
    for (const view of [one, other]) await approve('priv-one', view)
    expect((await approve('op-one', one)).state).to.equal('standing')
    const own = replica()
    await own.look()
    expect((await own.doors.approve(by('op-one'), other.id, { hash: other.hash })).state).to.equal('asked')
    expect(await own.powers('review-one')).to.equal('compliance-reviewer proposer metadata content')
  })

  it('what was granted for a while approves nothing itself: capacities are those of the file', async () => {
    const first = await ask({ roles: ['privacy-officer'], sees: [] }, 'review-one')
    await approve('priv-one', first)
    await approve('op-one', first)
    const view = await ask({}, 'op-two')
    const own = replica()
    await own.look()
    await own.doors.approve(by('review-one'), view.id, { hash: view.hash })
    expect((await own.doors.approve(by('author-one'), view.id, { hash: view.hash })).state).to.equal('asked')
  })

  it('asks for nothing that the file has, for no more than eight hours, whole ones, with a reason on one line', async () => {
    expect(await refused(ask({ roles: ['operator'], sees: ['metadata'] }))).to.equal('emergency-needless')
    expect(await refused(ask({ roles: [], sees: [] }))).to.equal('emergency-needless')
    for (const hours of [0, -1, 1.5, MOST_HOURS + 1, Number.NaN])
      expect(await refused(ask({ hours })), String(hours)).to.equal('bad-request')
    for (const reason of ['', '  ', 'two\nlines', 'x'.repeat(2000)]) expect(await refused(ask({ reason }))).to.equal('bad-request')
  })

  it('three of one officer may wait or stand, also where they are asked for at once', async () => {
    const asked = await Promise.all([1, 2, 3, 4, 5].map((n) => refused(ask({ reason: `reason ${n}` }))))
    expect(asked.sort()).to.deep.equal(['taken', 'taken', 'taken', 'too-many-requests', 'too-many-requests'])
  })

  it('ids that are nobody’s, and those of no form, are not found', async () => {
    for (const id of ['6f1c0000-0000-4000-8000-000000000000', 'x', "' OR true --"]) {
      expect(await refused((await doors()).approve(by('priv-one'), id, { hash: 'x' }))).to.equal('not-found')
      expect(await refused((await doors()).end(by('priv-one'), id))).to.equal('not-found')
      expect(await refused((await doors()).read(by('priv-one'), id))).to.equal('not-found')
    }
  })
})
