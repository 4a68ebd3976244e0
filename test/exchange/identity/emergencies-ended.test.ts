/** Break-glass: how it ends, on every replica, and what is recorded of its use; the database holds the same rules. */
import { expect } from 'chai'
import { LAPSE_MS } from '../../../gateway/core/identity/emergency.ts'
import { endOverdue } from '../../../gateway/exchange/identity/emergencies.ts'
import { by, HOUR, START, useEmergencies } from '../../support/emergencies.ts'
import { entriesIn } from '../../support/entries.ts'
import { query } from '../../support/house.ts'

describe('exchange/identity/emergencies: ending', function () {
  this.timeout(30_000)
  const { url, clock, replica, doors, word, refused, ask, approve, granted } = useEmergencies()

  it('clock edges: not approved within four hours it has lapsed; words of the future, and of before it was asked for, do not count', async () => {
    const view = await ask()
    clock.at = START + LAPSE_MS - 1
    await approve('priv-one', view)
    const say = async (at: number): Promise<unknown> =>
      refused((await doors()).approve(by('priv-two'), view.id, { jws: word('priv-two', view, { at: new Date(at).toISOString() }) }))
    expect(await say(START - 11 * 60_000)).to.equal('approval-clock')
    expect(await say(clock.at + 11 * 60_000)).to.equal('approval-clock')
    clock.at = START + LAPSE_MS
    expect(await refused(approve('author-one', view))).to.equal('emergency-over')
    expect(await endOverdue(replica().room)).to.equal(1)
    expect(await refused(approve('author-one', view))).to.equal('emergency-over')
  })

  it('it is ended by who asked, or by any privacy officer, on every replica; nobody else ends it, and it never stands again', async () => {
    const there = replica()
    for (const who of ['op-one', 'priv-two']) {
      const view = await granted()
      expect(await there.powers('op-one')).to.contain('content')
      expect(await refused((await doors()).end(by('op-two'), view.id))).to.equal('not-an-approver')
      expect((await (await doors()).end(by(who), view.id)).state).to.equal('ended')
      expect(await there.powers('op-one')).to.equal('operator metadata')
      expect(await refused((await doors()).end(by(who), view.id))).to.equal('emergency-over')
      expect(await refused(approve('priv-two', view))).to.equal('emergency-over')
      await query(url(), "UPDATE emergency SET state = 'standing', ended = NULL, ended_by = NULL WHERE id = $1", [view.id]).then(
        () => expect.fail('it stands again'),
        (error: unknown) => expect(String(error)).to.contain('ended stays ended')
      )
    }
  })

  it('by time it ends with an entry, once, however many replicas look', async () => {
    const view = await granted()
    clock.at = START + 2 * HOUR
    const ended = await Promise.all([replica(), replica(), replica()].map(({ room }) => endOverdue(room)))
    expect(ended.reduce((sum, n) => sum + n, 0)).to.equal(1)
    const [entry, ...rest] = await entriesIn(url(), 'emergency-ended')
    expect(rest).to.deep.equal([])
    expect(entry).to.deep.include({ emergency: view.id, of: 'op-one', by: 'time' })
  })

  it('each request made while it stands is an entry with its id; before, after, and of others there is none', async () => {
    const own = replica()
    const used = async (who: string): Promise<number> => {
      await own.look()
      const before = (await entriesIn(url(), 'emergency-used')).length
      await own.doors.used(by(who), '/fhir/AuditEvent')
      return (await entriesIn(url(), 'emergency-used')).length - before
    }
    expect(await used('op-one')).to.equal(0)
    const view = await granted()
    expect([await used('op-one'), await used('op-two')]).to.deep.equal([1, 0])
    const [entry] = await entriesIn(url(), 'emergency-used')
    expect(entry).to.deep.include({ emergency: view.id, account: 'op-one', route: '/fhir/AuditEvent' })
    clock.at = START + 2 * HOUR
    expect(await used('op-one')).to.equal(0)
  })

  it('the database itself refuses a grant with one approval, an approval by who asked, and another text', async () => {
    const view = await ask()
    const said = async (text: string): Promise<string> =>
      query(url(), text, [view.id]).then(
        () => 'done',
        (error: unknown) => String(error)
      )
    expect(
      await said("UPDATE emergency SET state = 'standing', begun = now(), until = now() + interval '1 hour' WHERE id = $1")
    ).to.contain('two approve')
    expect(await said("INSERT INTO emergency_approval VALUES ($1, 'op-one', 'another', NULL, NULL, now())")).to.contain('others approve')
    expect(await said("UPDATE emergency SET request = '{}' WHERE id = $1")).to.contain('never another')
    expect(await said('DELETE FROM emergency WHERE id = $1')).not.to.equal('done')
  })
})
