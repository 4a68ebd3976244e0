/** Break-glass over a real database with real signatures: two others approve, it stands for its hours on every replica, and everything of it is an entry. */
import { expect } from 'chai'
import type { Pool } from 'pg'
import type { Code } from '../../../gateway/core/errors.ts'
import { codeOf } from '../../../gateway/core/errors.ts'
import { LAPSE_MS, MOST_HOURS } from '../../../gateway/core/identity/emergency.ts'
import { askerOf } from '../../../gateway/core/identity/held.ts'
import type { Registry } from '../../../gateway/core/identity/registry.ts'
import type { Caller } from '../../../gateway/exchange/doors.ts'
import { type Asking, type EmergencyView, endOverdue, openEmergencies } from '../../../gateway/exchange/identity/emergencies.ts'
import { RegistryReader, registryNow } from '../../../gateway/exchange/identity/registry-live.ts'
import type { EmergencyWord, Officer } from '../../../gateway/generated/policy.ts'
import { signEmergencyWord } from '../../../gateway/seal/emergency-word.ts'
import { generatePartyKeys } from '../../../gateway/seal/generate.ts'
import { type PublicJwk, thumbprintOf } from '../../../gateway/seal/keyring.ts'
import { standingEmergencies } from '../../../gateway/store/emergencies.ts'
import { openPool } from '../../../gateway/store/pool.ts'
import { entriesIn } from '../../support/entries.ts'
import { query } from '../../support/house.ts'
import { useDatabase } from '../../support/postgres.ts'

const START = Date.parse('2026-03-01T10:00:00Z')
const HOUR = 3_600_000
const ASKING: Asking = { roles: ['compliance-reviewer'], sees: ['content'], hours: 2, reason: 'a test of what is broken open' }

const ROLES: Readonly<Record<string, Partial<Officer> & Pick<Officer, 'roles'>>> = {
  'op-one': { roles: ['operator'] },
  'op-two': { roles: ['operator'] },
  'priv-one': { roles: ['privacy-officer'] },
  'priv-two': { roles: ['privacy-officer'] },
  'review-one': { roles: ['compliance-reviewer'], sees: ['metadata', 'content'] },
  'author-one': { roles: ['proposer'] },
  'audit-one': { roles: ['auditor'], until: '2026-12-31' },
  'admin-one': { roles: ['hospital-admin'], party: 'demo-hospital' }
}
const KEYS = new Map(Object.keys(ROLES).map((id) => [id, generatePartyKeys('ec', id)]))
const OFFICERS = new Map(
  Object.entries(ROLES).map(([id, rest]): [string, Officer] => {
    const keys = (KEYS.get(id)?.jwks.keys ?? []).filter(({ use }) => use === 'sig') as Officer['jwks']['keys'] // made just now
    return [id, { id, name: `Example Person ${id}`, office: 'Office of tests', jwks: { keys }, ...rest }]
  })
)

const FOLDER = { parties: new Map(), officers: OFFICERS }

function by(id: string): Caller {
  return { party: id, role: 'officer', scopes: [] }
}

describe('exchange/identity/emergencies', function () {
  this.timeout(30_000)
  const database = useDatabase()
  const clock = { at: START }
  const now = (): Date => new Date(clock.at)
  let pool: Pool
  before(async () => {
    pool = openPool(database().url, 4)
    await registryNow(pool, FOLDER, now())
  })
  after(() => pool.end())
  beforeEach(async () => {
    clock.at = START
    await query(
      database().url,
      "TRUNCATE outbox; UPDATE emergency SET state = 'ended', ended = now(), ended_by = 'time' WHERE state <> 'ended'"
    )
  })

  /** A replica: it sees what it last read. */
  function replica(change: (registry: Registry) => Registry = (registry) => registry) {
    const reader = new RegistryReader(pool, FOLDER, { emergencies: standingEmergencies })
    const room = {
      pool,
      now,
      get registry() {
        return change(reader.now())
      }
    }
    const powers = async (id: string): Promise<string> => {
      await reader.look()
      const officer = OFFICERS.get(id)
      if (officer === undefined) throw new Error('no such officer in the test')
      const { roles = [], sees = [] } = askerOf(room.registry, officer, now())
      return [...roles, ...sees].join(' ')
    }
    return { doors: openEmergencies(room), room, powers, look: () => reader.look() }
  }
  /** One that has read what is there now. */
  async function doors() {
    const own = replica()
    await own.look()
    return own.doors
  }

  function word(id: string, view: Pick<EmergencyView, 'id' | 'hash'>, changes: Partial<EmergencyWord> = {}, key = id): string {
    const said = {
      v: 1,
      emergency: view.id,
      hash: view.hash,
      decision: 'approve',
      officer: id,
      at: now().toISOString(),
      ...changes
    } as const
    return signEmergencyWord(said, KEYS.get(key)?.signing ?? {})
  }

  async function refused(act: Promise<unknown>): Promise<Code | 'taken'> {
    return act.then(
      () => 'taken' as const,
      (error: unknown) => codeOf(error)
    )
  }
  const ask = async (asking: Partial<Asking> = {}, who = 'op-one'): Promise<EmergencyView> =>
    (await doors()).ask(by(who), { ...ASKING, ...asking })
  const approve = async (who: string, view: EmergencyView): Promise<EmergencyView> =>
    (await doors()).approve(by(who), view.id, { hash: view.hash })

  async function granted(asking: Partial<Asking> = {}): Promise<EmergencyView> {
    const view = await ask(asking)
    await approve('priv-one', view)
    return approve('author-one', view)
  }

  async function entries(): Promise<unknown[]> {
    return (await entriesIn(database().url)).map(({ kind, account }) => [kind, account])
  }

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
    const begun = (await entriesIn(database().url, 'emergency-begun'))[0]
    expect(begun).to.deep.include({ emergency: view.id, roles: ['compliance-reviewer'], sees: ['content'], reason: ASKING.reason })
    const open = await query<{ entry: Buffer }>(database().url, 'SELECT entry FROM outbox')
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
      if (other !== undefined) officers.set('priv-two', { ...other, ...rest })
      return { ...registry, officers }
    }
    for (const rest of [{ name: ' EXAMPLE  Person priv-one' }, { name: 'Example Person op-one' }]) {
      const own = replica(twin(rest))
      await own.look()
      const view = await ask()
      await approve('priv-one', view)
      expect(await refused(own.doors.approve(by('priv-two'), view.id, { hash: view.hash })), rest.name).to.match(/^emergency-(own|twice)$/)
      await query(database().url, "UPDATE emergency SET state = 'ended', ended = now(), ended_by = 'time' WHERE state <> 'ended'")
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
      await query(database().url, "UPDATE emergency SET state = 'standing', ended = NULL, ended_by = NULL WHERE id = $1", [view.id]).then(
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
    const [entry, ...rest] = await entriesIn(database().url, 'emergency-ended')
    expect(rest).to.deep.equal([])
    expect(entry).to.deep.include({ emergency: view.id, of: 'op-one', by: 'time' })
  })

  it('each request made while it stands is an entry with its id; before, after, and of others there is none', async () => {
    const own = replica()
    const used = async (who: string): Promise<number> => {
      await own.look()
      const before = (await entriesIn(database().url, 'emergency-used')).length
      await own.doors.used(by(who), '/fhir/AuditEvent')
      return (await entriesIn(database().url, 'emergency-used')).length - before
    }
    expect(await used('op-one')).to.equal(0)
    const view = await granted()
    expect([await used('op-one'), await used('op-two')]).to.deep.equal([1, 0])
    const [entry] = await entriesIn(database().url, 'emergency-used')
    expect(entry).to.deep.include({ emergency: view.id, account: 'op-one', route: '/fhir/AuditEvent' })
    clock.at = START + 2 * HOUR
    expect(await used('op-one')).to.equal(0)
  })

  it('two approve at the same moment at two replicas: it is granted, once', async () => {
    const view = await ask()
    const [one, other] = await Promise.all([approve('priv-one', view), approve('author-one', view)])
    expect([one.state, other.state].sort()).to.deep.equal(['asked', 'standing'])
    expect(await entriesIn(database().url, 'emergency-begun')).to.have.length(1)
  })

  it('the database itself refuses a grant with one approval, an approval by who asked, and another text', async () => {
    const view = await ask()
    const said = async (text: string): Promise<string> =>
      query(database().url, text, [view.id]).then(
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

  it('ids that are nobody’s, and those of no form, are not found', async () => {
    for (const id of ['6f1c0000-0000-4000-8000-000000000000', 'x', "' OR true --"]) {
      expect(await refused((await doors()).approve(by('priv-one'), id, { hash: 'x' }))).to.equal('not-found')
      expect(await refused((await doors()).end(by('priv-one'), id))).to.equal('not-found')
      expect(await refused((await doors()).read(by('priv-one'), id))).to.equal('not-found')
    }
  })
})
