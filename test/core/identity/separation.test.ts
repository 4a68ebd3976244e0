/** Separation of duties, and powers by role, level and moment. */
import { expect } from 'chai'
import { roleFaults, sharedFaults } from '../../../gateway/core/agreement/officer-faults.ts'
import { approvalFault, askFault } from '../../../gateway/core/identity/emergency.ts'
import { askerOf, powersOf } from '../../../gateway/core/identity/held.ts'
import { type Asker, OFFICER_ROLES, permitOf } from '../../../gateway/core/identity/powers.ts'
import { activeOfficer, type Emergency, registryOf } from '../../../gateway/core/identity/registry.ts'
import { dutyFaults } from '../../../gateway/core/identity/separation.ts'
import type { Officer, Party, PublicJwk } from '../../../gateway/generated/policy.ts'

const PARTIES = [
  { id: 'a-hospital', role: 'hospital' },
  { id: 'an-insurer', role: 'insurer' }
] as unknown as readonly Party[] // of which only this is looked at

const OFFICER: Officer = { id: 'someone', name: 'Example Someone', office: 'Office', roles: ['proposer'], jwks: { keys: [] } }
const key = (n: number): PublicJwk => ({ kty: 'EC', crv: 'P-384', x: `x${n}`, y: 'y', kid: `k${n}`, use: 'sig', alg: 'ES384' })
const paths = (officer: Partial<Officer>): string =>
  roleFaults({ ...OFFICER, ...officer }, PARTIES)
    .map(({ path }) => path)
    .join(' ')

describe('core/identity: separation of duties', () => {
  it('two roles go together only as a reviewer with who defines or who approves', () => {
    const together = OFFICER_ROLES.flatMap((one, n) => OFFICER_ROLES.slice(n + 1).map((other) => [one, other] as const)).filter(
      (roles) => dutyFaults({ roles, sees: ['metadata'] }).length === 0
    )
    expect(together).to.deep.equal([
      ['proposer', 'compliance-reviewer'],
      ['privacy-officer', 'compliance-reviewer']
    ])
  })

  it('who operates may not read content; who audits has nothing leave again; who keeps the keys of a party sees metadata alone', () => {
    const seen = OFFICER_ROLES.map((role) =>
      (['content', 'resend'] as const).filter((level) => dutyFaults({ roles: [role], sees: ['metadata', level] }).length === 0).join(' ')
    )
    expect(seen).to.deep.equal(['content resend', 'content resend', 'content resend', 'resend', '', '', 'content'])
    for (const role of OFFICER_ROLES) expect(dutyFaults({ roles: [role], sees: ['content'] }), 'without metadata').not.to.deep.equal([])
  })

  it('an auditor has a last day; who keeps keys is of a registered party of that kind; nobody else is of a party', () => {
    expect(paths({ roles: ['auditor'] })).to.equal('/until')
    expect(paths({ roles: ['auditor'], until: '2026-12-31' })).to.equal('')
    expect(paths({ roles: ['hospital-admin'] })).to.equal('/party')
    expect(paths({ roles: ['hospital-admin'], party: 'an-insurer' })).to.equal('/party')
    expect(paths({ roles: ['hospital-admin'], party: 'nobody' })).to.equal('/party')
    expect(paths({ roles: ['hospital-admin'], party: 'a-hospital' })).to.equal('')
    expect(paths({ roles: ['insurer-admin'], party: 'an-insurer' })).to.equal('')
    expect(paths({ roles: ['insurer-admin'], party: 'an-insurer', sees: ['metadata', 'content'] })).to.equal('/sees')
    expect(paths({ roles: ['proposer'], party: 'a-hospital' })).to.equal('/party')
    expect(paths({ roles: ['proposer', 'privacy-officer'] })).to.equal('/roles')
    expect(paths({ roles: ['operator', 'compliance-reviewer'], sees: ['metadata', 'content'] })).to.equal('/roles /sees')
  })

  it('who keeps the keys of a party is out with it, suspended or revoked, and nobody else is', () => {
    const at = new Date('2026-03-01T12:00:00Z')
    const admin: Officer = { ...OFFICER, id: 'keeper', roles: ['hospital-admin'], party: 'a-hospital' }
    const known = registryOf({
      parties: new Map(PARTIES.map((party) => [party.id, party])),
      officers: new Map([
        [admin.id, admin],
        [OFFICER.id, OFFICER]
      ])
    })
    expect(activeOfficer(known, 'keeper', at)?.id).to.equal('keeper')
    for (const standing of ['suspended', 'revoked'] as const) {
      const registry = { ...known, standings: new Map([['a-hospital', standing]]) }
      expect(activeOfficer(registry, 'keeper', at), standing).to.equal(null)
      expect(activeOfficer(registry, 'someone', at)?.id).to.equal('someone')
    }
    expect(activeOfficer({ ...known, standings: new Map([['an-insurer', 'suspended']]) }, 'keeper', at)?.id).to.equal('keeper')
  })

  it('what was granted for a while is added until its moment, and not where it does not go with the rest', () => {
    const at = new Date('2026-03-01T12:00:00Z')
    const grant = (more: Partial<Emergency>): Emergency => ({
      id: 'e',
      officer: 'someone',
      roles: ['compliance-reviewer'],
      sees: ['content'],
      until: new Date(at.getTime() + 1),
      ...more
    })
    const held = (...emergencies: Emergency[]): unknown => powersOf({ emergencies, officers: new Map() }, OFFICER, at)
    const bare = { roles: ['proposer'], sees: ['metadata'] }
    const more = { roles: ['proposer', 'compliance-reviewer'], sees: ['metadata', 'content'] }
    expect(held(grant({}))).to.deep.equal(more)
    expect(held(grant({ until: at })), 'over').to.deep.equal(bare)
    expect(held(grant({ officer: 'another' }))).to.deep.equal(bare)
    expect(held(grant({ roles: ['privacy-officer'] })), 'who defines may not approve').to.deep.equal(bare)
    expect(held(grant({ roles: ['operator'], sees: ['metadata'] }))).to.deep.equal(bare)
    expect(held(grant({ roles: ['privacy-officer'] }), grant({})), 'each by itself').to.deep.equal(more)
  })
})

describe('core/identity: duties are kept apart among people, not among files (NIST SP 800-53 AC-5)', () => {
  const file = (id: string, roles: Officer['roles'], more: Partial<Officer> = {}): Officer => ({
    ...OFFICER,
    id,
    name: `Example ${id}`,
    roles,
    ...more
  })
  const told = (...files: readonly Officer[]): string[] =>
    files.flatMap((one) => sharedFaults(one, { parties: [], officers: files }).map(({ path }) => `${one.id} ${path}`))
  const author = file('author', ['proposer'], { subject: 'sub-1', jwks: { keys: [key(1)] } })

  it('two files of two people say nothing of each other', () => {
    expect(told(author, file('approver', ['privacy-officer'], { subject: 'sub-2', jwks: { keys: [key(2)] } }))).to.deep.equal([])
    expect(told(author, file('works', ['operator'], { name: 'Example Author the Younger' }))).to.deep.equal([])
  })

  it('of one name, however it is spelt, the sum is judged: what one file may not hold, two may not', () => {
    for (const name of ['example  AUTHOR', 'Example\u00a0author ', 'Ｅxample author', 'Exam\u200bple author']) {
      expect(told(author, file('approver', ['privacy-officer'], { name })), name).to.deep.equal(['author /name', 'approver /name'])
      expect(told(author, file('works', ['operator'], { name }))).to.deep.equal(['author /name', 'works /name'])
      expect(told(author, file('reviews', ['compliance-reviewer'], { name })), 'these go together').to.deep.equal([])
    }
    const works = file('works', ['operator'], { name: 'Example reader' })
    expect(told(works, file('reader', ['compliance-reviewer'], { sees: ['metadata', 'content'] }))).to.include('works /name')
  })

  it('one subject is one person and one file; one key as well', () => {
    expect(told(author, file('reviews', ['compliance-reviewer'], { subject: 'sub-1' }))).to.deep.equal([
      'author /subject',
      'reviews /subject'
    ])
    expect(told(author, file('approver', ['privacy-officer'], { subject: 'sub-1' }))).to.include.members([
      'author /name',
      'approver /subject'
    ])
    expect(told(author, file('approver', ['privacy-officer'], { jwks: { keys: [key(1)] } }))).to.include.members([
      'author /jwks/keys/0',
      'author /name',
      'approver /name'
    ])
  })

  it('through a third file, too; and one person keeps the keys of one party', () => {
    const between = file('between', ['compliance-reviewer'], { name: 'Example author', jwks: { keys: [key(3)] } })
    const far = file('far', ['privacy-officer'], { jwks: { keys: [key(3)] } })
    expect(told(author, between, far)).to.include.members(['author /name', 'between /name', 'far /name'])
    const admin = (id: string, party: string): Officer => file(id, ['hospital-admin'], { name: 'Example Admin', party })
    expect(told(admin('one', 'a-hospital'), admin('two', 'a-hospital'))).to.deep.equal([])
    expect(told(admin('one', 'a-hospital'), admin('two', 'b-hospital'))).to.deep.equal(['one /name', 'two /name'])
  })

  it('what is asked for and granted for a while is judged with every file of the person, and an approver is another person', () => {
    const at = new Date('2026-03-01T12:00:00Z')
    const reviews = file('reviews', ['compliance-reviewer'], { name: 'EXAMPLE AUTHOR' })
    const approver = file('approver', ['privacy-officer'])
    const sameKey = file('same-key', ['privacy-officer'], { jwks: { keys: [key(1)] } })
    const registry = registryOf({
      parties: new Map(),
      officers: new Map([author, reviews, approver, sameKey].map((one) => [one.id, one]))
    })
    const asks = (officer: string, role: Officer['roles'][number]): string | null =>
      askFault(registry, { v: 1, id: 'e', officer, roles: [role], sees: ['metadata'], hours: 1, reason: 'x', at: at.toISOString() }, 0)
    expect(asks('reviews', 'privacy-officer'), 'its other file proposes').to.equal('duties-apart')
    expect(asks('approver', 'compliance-reviewer')).to.equal(null)
    const grant: Emergency = { id: 'e', officer: 'reviews', roles: ['privacy-officer'], sees: [], until: new Date(at.getTime() + 1) }
    expect(powersOf({ ...registry, emergencies: [grant] }, reviews, at).roles).to.deep.equal(['compliance-reviewer'])
    const request = {
      v: 1,
      id: 'e',
      officer: 'author',
      roles: ['compliance-reviewer'],
      sees: [],
      hours: 1,
      reason: 'x',
      at: at.toISOString()
    } as const
    const approves = (officer: string): string | null =>
      approvalFault(registry, { request, hash: 'h', state: 'asked', given: [] }, { officer, hash: 'h', key: null, at }, at)
    expect(['reviews', 'same-key', 'approver'].map(approves)).to.deep.equal(['emergency-own', 'emergency-own', null])
  })
})

describe('core/identity: powers', () => {
  const officer = (more: Partial<Asker>): Asker => ({ id: 'someone', role: 'officer', sees: ['metadata'], ...more })

  it('own and side are of the party of an officer, self of the officer alone, all of everybody; without a party there is nothing', () => {
    expect(permitOf('read-log', { id: 'a-hospital', role: 'hospital' })).to.deep.equal({ of: 'a-hospital' })
    expect(permitOf('read-log', officer({ roles: ['hospital-admin'], party: 'a-hospital' }))).to.deep.equal({ of: 'a-hospital' })
    expect(permitOf('read-log', officer({ roles: ['hospital-admin'] }))).to.equal(null)
    expect(permitOf('read-log', officer({ roles: ['auditor'] }))).to.deep.equal({ of: null })
    expect(permitOf('own-session', officer({ roles: ['auditor'] }))).to.deep.equal({ of: 'someone' })
  })

  it('deny by default: no role, another role, no level, a party that calls itself by a role', () => {
    for (const asker of [
      officer({}),
      officer({ roles: [] }),
      officer({ roles: ['operator'] }),
      officer({ roles: ['auditor'], sees: [] }),
      { id: 'a-hospital', role: 'hospital', roles: ['auditor'], sees: ['metadata', 'content'] } as const
    ])
      expect(permitOf('read-incidents', asker)).to.equal(null)
    expect(permitOf('read-incidents', officer({ roles: ['auditor'] })), 'content').to.equal(null)
    expect(permitOf('read-incidents', officer({ roles: ['auditor'], sees: ['metadata', 'content'] }))).to.deep.equal({ of: null })
  })

  it('a role that is not in the file any more is not asked', () => {
    const asker = askerOf({ emergencies: [], officers: new Map() }, { ...OFFICER, roles: ['privacy-officer'] }, new Date())
    expect([permitOf('propose-agreements', asker), permitOf('govern-agreements', asker)]).to.deep.equal([null, { of: null }])
  })
})
