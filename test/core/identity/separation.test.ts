/** Separation of duties, and powers by role, level and moment. */
import { expect } from 'chai'
import { roleFaults } from '../../../gateway/core/agreement/officer-faults.ts'
import { askerOf, powersOf } from '../../../gateway/core/identity/held.ts'
import { type Asker, OFFICER_ROLES, permitOf } from '../../../gateway/core/identity/powers.ts'
import type { Emergency } from '../../../gateway/core/identity/registry.ts'
import { dutyFaults } from '../../../gateway/core/identity/separation.ts'
import type { Officer, Party } from '../../../gateway/generated/policy.ts'

const PARTIES = [
  { id: 'a-hospital', role: 'hospital' },
  { id: 'an-insurer', role: 'insurer' }
] as unknown as readonly Party[] // of which only this is looked at

const OFFICER: Officer = { id: 'someone', name: 'Example Someone', office: 'Office', roles: ['proposer'], jwks: { keys: [] } }
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
    const held = (...emergencies: Emergency[]): unknown => powersOf({ emergencies }, OFFICER, at)
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
    const asker = askerOf({ emergencies: [] }, { ...OFFICER, roles: ['privacy-officer'] }, new Date())
    expect([permitOf('propose-agreements', asker), permitOf('govern-agreements', asker)]).to.deep.equal([null, { of: null }])
  })
})
