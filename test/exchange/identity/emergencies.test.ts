/** Break-glass over a real database with real signatures: two others approve, and it stands on every replica. */
import { expect } from 'chai'
import type { Registry } from '../../../gateway/core/identity/registry.ts'
import type { Officer } from '../../../gateway/generated/policy.ts'
import { type PublicJwk, thumbprintOf } from '../../../gateway/seal/keyring.ts'
import { ASKING, by, HOUR, OFFICERS, START, useEmergencies } from '../../support/emergencies.ts'
import { entriesIn } from '../../support/entries.ts'
import { query } from '../../support/house.ts'

describe('exchange/identity/emergencies: approving', function () {
  this.timeout(30_000)
  const { url, clock, replica, doors, word, refused, ask, approve, granted, entries } = useEmergencies()

  it('a privacy officer and one more approve, and the operator reads content on every replica, for its hours and no longer', async () => {
    const [here, there] = [replica(), replica()]
    const view = await ask()
    expect([view.state, view.approvals.length]).to.deep.equal(['asked', 0])
    expect(await here.powers('op-one')).to.equal('operator metadata')
    expect((await approve('priv-one', view)).state).to.equal('asked')
    expect(await here.powers('op-one')).to.equal('operator metadata')
    const standing = await approve('author-one', view)
    expect([standing.state, standing.until]).to.deep.equal(['standing', new Date(START + 2 * HOUR).toISOString()])
    for (const one of [here, there]) expect(await one.powers('op-one')).to.equal('operator compliance-reviewer metadata content')
    expect(await there.powers('op-two')).to.equal('operator metadata')
    clock.at = START + 2 * HOUR - 1
    expect(await there.powers('op-one')).to.contain('content')
    clock.at = START + 2 * HOUR
    expect(await there.powers('op-one')).to.equal('operator metadata')
  })

  it('each step is an entry with who did it; only the asking and the grant say why, and open leaves say none of it', async () => {
    const view = await granted()
    expect(await entries()).to.have.deep.members([
      ['emergency-asked', 'op-one'],
      ['emergency-approved', 'priv-one'],
      ['emergency-approved', 'author-one'],
      ['emergency-begun', 'op-one']
    ])
    const begun = (await entriesIn(url(), 'emergency-begun'))[0]
    expect(begun).to.deep.include({ emergency: view.id, roles: ['compliance-reviewer'], sees: ['content'], reason: ASKING.reason })
    const open = await query<{ entry: Buffer }>(url(), 'SELECT entry FROM outbox')
    expect(open.some(({ entry }) => entry.toString('utf8').includes('emergency'))).to.equal(false)
  })

  it('two that are no privacy officers are not enough; a privacy officer as the third is', async () => {
    const view = await ask()
    await approve('op-two', view)
    expect((await approve('author-one', view)).state).to.equal('asked')
    expect((await approve('priv-two', view)).state).to.equal('standing')
  })

  it('nobody approves what he or she asked for, by sign-in or by a signed word', async () => {
    const view = await ask({ roles: [], sees: ['content'] }, 'priv-one')
    expect(await refused(approve('priv-one', view))).to.equal('emergency-own')
    expect(await refused((await doors()).approve(by('priv-one'), view.id, { jws: word('priv-one', view) }))).to.equal('emergency-own')
  })

  it('one approver twice is one: by sign-in, by a signed word, by the same word again (replay)', async () => {
    const view = await ask()
    const jws = word('priv-one', view)
    await (await doors()).approve(by('priv-one'), view.id, { jws })
    for (const again of [{ jws }, { hash: view.hash }, { jws: word('priv-one', view, { at: new Date(START + 1000).toISOString() }) }])
      expect(await refused((await doors()).approve(by('priv-one'), view.id, again))).to.equal('emergency-twice')
    expect((await (await doors()).read(by('priv-one'), view.id)).state).to.equal('asked')
  })

  it('two files of one person, by name or by subject, are one person', async () => {
    const twin = (rest: Partial<Officer>) => (registry: Registry) => {
      const other = registry.officers.get('priv-two')
      const officers = new Map(registry.officers)
      const first = officers.get('priv-one')
      if (other !== undefined) officers.set('priv-two', { ...other, ...rest })
      if (first !== undefined) officers.set('priv-one', { ...first, subject: 'subject of one' })
      return { ...registry, officers }
    }
    for (const rest of [{ name: ' EXAMPLE  Person priv-one' }, { name: 'Example Person op-one' }, { subject: 'subject of one' }]) {
      const own = replica(twin(rest))
      await own.look()
      const view = await ask()
      await approve('priv-one', view)
      expect(await refused(own.doors.approve(by('priv-two'), view.id, { hash: view.hash })), JSON.stringify(rest)).to.match(
        /^emergency-(own|twice)$/
      )
      await query(url(), "UPDATE emergency SET state = 'ended', ended = now(), ended_by = 'time' WHERE state <> 'ended'")
    }
  })

  it('approvals of another request, text or decision, and words that are not signed by a key of whom they name, do not count', async () => {
    const [view, other] = [await ask(), await ask({ reason: 'another reason' })]
    const say = async (jws: string, who = 'priv-one'): Promise<unknown> => refused((await doors()).approve(by(who), view.id, { jws }))
    expect(await refused((await doors()).approve(by('priv-one'), view.id, { hash: other.hash }))).to.equal('emergency-other')
    expect(await say(word('priv-one', other))).to.equal('emergency-other')
    expect(await say(word('priv-one', { id: view.id, hash: other.hash }))).to.equal('emergency-other')
    expect(await say(word('priv-one', view, { decision: 'ask' }))).to.equal('emergency-other')
    expect(await say(word('priv-one', view, {}, 'op-one'))).to.equal('approval-invalid')
    expect(await say(`${word('priv-one', view).slice(0, -8)}AAAAAAAA`)).to.equal('approval-invalid')
    expect(await say(word('priv-two', view))).to.equal('not-an-approver')
    for (const text of ['', 'a.b.c', 'x'.repeat(100_000)]) expect(await say(text)).to.equal('approval-invalid')
  })

  it('a key that was revoked, and an officer who was suspended, approve nothing', async () => {
    const view = await ask()
    const [key] = OFFICERS.get('priv-one')?.jwks.keys ?? []
    const stolen = replica((registry) => ({ ...registry, revokedKeys: new Set([`priv-one ${thumbprintOf(key as PublicJwk)}`]) }))
    await stolen.look()
    expect(await refused(stolen.doors.approve(by('priv-one'), view.id, { jws: word('priv-one', view) }))).to.equal('approval-invalid')
    const dead = replica((registry) => ({ ...registry, standings: new Map([['priv-one', 'suspended']]) }))
    await dead.look()
    expect(await refused(dead.doors.approve(by('priv-one'), view.id, { hash: view.hash }))).to.equal('not-an-approver')
    expect(await refused(dead.doors.approve(by('priv-one'), view.id, { jws: word('priv-one', view) }))).to.equal('not-an-approver')
  })

  it('who approved and was suspended since does not count for the grant', async () => {
    const view = await ask()
    await approve('priv-one', view)
    const later = replica((registry) => ({ ...registry, standings: new Map([['priv-one', 'suspended']]) }))
    await later.look()
    expect((await later.doors.approve(by('author-one'), view.id, { hash: view.hash })).state).to.equal('asked')
  })

  it('two approve at the same moment at two replicas: it is granted, once', async () => {
    const view = await ask()
    const [one, other] = await Promise.all([approve('priv-one', view), approve('author-one', view)])
    expect([one.state, other.state].sort()).to.deep.equal(['asked', 'standing'])
    expect(await entriesIn(url(), 'emergency-begun')).to.have.length(1)
  })
})
