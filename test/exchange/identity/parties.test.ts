/** Parties through every state, and how they register themselves: on real Postgres, with real signatures. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { nextPartyState, type PartyAct, type PartyActor, standingTransitions } from '../../../gateway/core/identity/party-life.ts'
import { partiesThen, partyKnown } from '../../../gateway/exchange/accounting/parties-then.ts'
import { invite } from '../../../gateway/exchange/identity/invitations.ts'
import { changeStanding, registerParty } from '../../../gateway/exchange/identity/parties.ts'
import { readParty } from '../../../gateway/exchange/identity/party-document.ts'
import { addKey, retireKey, revokeKey } from '../../../gateway/exchange/identity/party-keys.ts'
import { sequence } from '../../../gateway/exchange/log/log.ts'
import type { PublicJwk } from '../../../gateway/generated/policy.ts'
import { generateKeyRing, generatePartyKeys, type PartyKeys } from '../../../gateway/seal/generate.ts'
import { readKeyRing } from '../../../gateway/seal/keyring.ts'
import { refusal } from '../../support/agreements.ts'
import { query } from '../../support/house.ts'
import { DESK, officerOf, partyOf, register, self, useRegistry } from '../../support/registry.ts'

const COMPROMISED = { ...DESK, reason: 'key-compromise' } as const

const STANDINGS = ['active', 'suspended', 'revoked'] as const
const CHANGES = STANDINGS.flatMap((from) => STANDINGS.filter((to) => to !== from).map((to) => [from, to] as const))

function keyOf(keys: PartyKeys, use: 'sig' | 'enc'): PublicJwk {
  return keys.jwks.keys.find((key) => key.use === use) as PublicJwk
}

describe('exchange/identity: what is done to parties', function () {
  this.timeout(60_000)
  const filed = partyOf('filed-insurer', 'insurer')
  const registry = useRegistry([filed], [officerOf('first-operator'), officerOf('second-operator')])

  const ACTS: readonly PartyAct[] = [
    'invite',
    'offer',
    'decline',
    'confirm',
    'register',
    'add-key',
    'amend',
    'confirm-change',
    'decline-change',
    'retire-key',
    'revoke-key',
    'suspend',
    'resume',
    'revoke'
  ]
  const WHO: readonly PartyActor[] = ['desk', 'operator', 'self', 'guest']

  it('the table: who is revoked is never anything else; a guest does nothing but offer; a party only keeps its own keys', () => {
    const still = ACTS.filter((act) => act !== 'decline-change')
    for (const act of still) for (const who of WHO) expect(nextPartyState('revoked', act, who), `${act} by ${who}`).to.have.property('code')
    const can = (who: PartyActor): PartyAct[] =>
      ACTS.filter((act) =>
        (['unknown', 'invited', 'waiting', 'active', 'suspended'] as const).some((state) => 'state' in nextPartyState(state, act, who))
      )
    expect(can('guest')).to.deep.equal(['offer'])
    expect(can('self')).to.deep.equal(['add-key', 'retire-key', 'revoke-key'])
    expect(can('operator')).to.not.include('register')
  })

  it('the database holds a standing to the table, whoever writes', async () => {
    const { url, room } = registry()
    const done = (sql: string, values: readonly unknown[] = []): Promise<boolean> =>
      query(url, sql, values).then(
        () => true,
        () => false
      )
    const seen: string[] = []
    for (const [from, to] of CHANGES) {
      const id = `table-${from}-${to}`
      await register(room, partyOf(id))
      if (from !== 'active') await changeStanding(room, id, from === 'suspended' ? 'suspend' : 'revoke', DESK)
      if (await done('UPDATE identity SET standing = $2 WHERE id = $1', [id, to])) seen.push(`${from},${to}`)
    }
    expect(seen.sort()).to.deep.equal(standingTransitions().map(String).sort())
    for (const sql of ["DELETE FROM identity WHERE id = 'table-active-revoked'", 'TRUNCATE identity CASCADE', 'DELETE FROM identity_key'])
      expect(await done(sql), sql).to.equal(false)
  })

  it('each act in each standing: refused by name where the table says so, and then nothing has changed', async () => {
    const { room, url } = registry()
    const fresh = (): { key: PublicJwk; proof: null; voucher: null; gateway: null } => ({
      key: keyOf(generatePartyKeys('ec', null), 'sig'),
      proof: null,
      voucher: null,
      gateway: null
    })
    const acts = (id: string) => ({
      'add': () => addKey(room, id, fresh(), self(id)),
      'retire': () => retireKey(room, id, `${id}-sig`, DESK),
      'revoke-key': () => revokeKey(room, id, `${id}-sig`, COMPROMISED),
      'suspend': () => changeStanding(room, id, 'suspend', DESK),
      'resume': () => changeStanding(room, id, 'resume', DESK),
      'revoke': () => changeStanding(room, id, 'revoke', DESK),
      'register': () => registerParty(room, partyOf(id), DESK),
      'invite': () => invite(room, { id, role: 'hospital', days: 1 }, DESK)
    })
    const tried = async (standing: 'active' | 'suspended' | 'revoked', name: string): Promise<string> => {
      const id = `every-${standing}-${name}`
      await register(room, partyOf(id))
      await addKey(room, id, fresh(), self(id))
      if (standing !== 'active') await changeStanding(room, id, standing === 'suspended' ? 'suspend' : 'revoke', DESK)
      const rows = (): Promise<unknown[]> => query(url, 'SELECT standing, not_before FROM identity WHERE id = $1', [id])
      const before = await rows()
      const code = await refusal(acts(id)[name as keyof ReturnType<typeof acts>])
      if (code !== 'done') expect(await rows()).to.deep.equal(before)
      return code
    }
    const told: Record<string, Record<string, string>> = { active: {}, suspended: {}, revoked: {} }
    for (const standing of ['active', 'suspended', 'revoked'] as const)
      for (const name of Object.keys(acts('x'))) Object.assign(told[standing] ?? {}, { [name]: await tried(standing, name) })
    const no = 'party-out-of-state'
    expect(told).to.deep.equal({
      active: {
        'add': 'done',
        'retire': 'done',
        'revoke-key': 'done',
        'suspend': 'done',
        'resume': no,
        'revoke': 'done',
        'register': no,
        'invite': no
      },
      suspended: {
        'add': no,
        'retire': no,
        'revoke-key': 'done',
        'suspend': no,
        'resume': 'done',
        'revoke': 'done',
        'register': no,
        'invite': no
      },
      revoked: { 'add': no, 'retire': no, 'revoke-key': no, 'suspend': no, 'resume': no, 'revoke': no, 'register': no, 'invite': no }
    })
    expect(await refusal(() => changeStanding(room, 'nobody-at-all', 'suspend', DESK))).to.equal('party-unknown')
    expect(await refusal(() => changeStanding(room, 'every-active-add', 'suspend', { ...DESK, as: 'self' }))).to.equal('not-an-operator')
  })

  it('a key is of one identity and one use: that of another, in a file or a row, in whatever state, and one for both uses, are refused', async () => {
    const { room } = registry()
    const keys = generatePartyKeys('ec', 'own-keys')
    await register(room, partyOf('own-keys', 'insurer', keys))
    await register(room, partyOf('other-keys'))
    const take = (key: PublicJwk, id = 'other-keys'): Promise<string> =>
      refusal(() => addKey(room, id, { key, proof: null, voucher: null, gateway: null }, self(id)))
    expect(await take({ ...keyOf(keys, 'sig'), kid: 'mine-now' })).to.equal('party-key-taken')
    expect(await take({ ...keyOf(keys, 'enc'), kid: 'mine-now' })).to.equal('party-key-taken')
    expect(await take({ ...(filed.jwks?.keys[0] as PublicJwk), kid: 'mine-now' }), 'of a file').to.equal('party-key-taken')
    await addKey(
      room,
      'own-keys',
      { key: keyOf(generatePartyKeys('ec', 'own-next'), 'sig'), proof: null, voucher: null, gateway: null },
      self('own-keys')
    )
    await retireKey(room, 'own-keys', 'own-keys-sig', DESK)
    expect(await take(keyOf(keys, 'sig')), 'retired').to.equal('party-key-taken')
    expect(await take(keyOf(keys, 'sig'), 'own-keys'), 'nor its own again').to.equal('party-key-taken')
    const p384 = generatePartyKeys('ec', 'both-uses')
    const both = { ...keyOf(p384, 'sig'), kid: 'both-enc', use: 'enc', alg: 'ECDH-ES+A256KW' } as PublicJwk
    expect(await refusal(async () => readParty({ ...partyOf('both-uses'), jwks: { keys: [keyOf(p384, 'sig'), both] } }))).to.equal(
      'party-invalid'
    )
    await register(room, partyOf('both-uses', 'hospital', p384))
    expect(await take(both, 'both-uses')).to.equal('party-key-taken')
    expect(
      await take({ ...keyOf(generatePartyKeys('ec', 'x'), 'sig'), kid: 'both-uses-sig' }, 'both-uses'),
      'a kid names one key'
    ).to.equal('party-invalid')
  })

  it('a party that serves another’s key at its own address and revokes it takes nothing from the other', async () => {
    const { room, watch } = registry()
    const { jwks: _, ...served } = { ...partyOf('serving'), jwksUri: 'https://serving.example/jwks.json' }
    await register(room, served)
    const theirs = filed.jwks?.keys[0] as PublicJwk
    const serving = { ...room, keysOf: async () => ({ keys: [theirs] as never[] }) }
    const word = { ...COMPROMISED, as: 'self', party: 'serving' } as const
    expect(await refusal(() => revokeKey(serving, 'serving', theirs.kid, word))).to.equal('party-key-taken')
    const own = keyOf(generatePartyKeys('ec', 'served'), 'sig')
    expect(
      await refusal(() => revokeKey({ ...room, keysOf: async () => ({ keys: [own] as never[] }) }, 'serving', own.kid, word))
    ).to.equal('done')
    const live = await watch()
    expect(live.now().parties.get(filed.id)?.jwks?.keys).to.have.length(2)
    expect([...live.now().revokedKeys].filter((one) => one.startsWith('serving '))).to.have.length(1)
  })

  it('the last signing key is not retired; revoked it is, for a stolen key waits for nothing', async () => {
    const { room } = registry()
    await register(room, partyOf('last-key'))
    expect(await refusal(() => retireKey(room, 'last-key', 'last-key-sig', DESK))).to.equal('party-key-needed')
    expect(await refusal(() => retireKey(room, 'last-key', 'another', DESK))).to.equal('party-unknown')
    expect((await revokeKey(room, 'last-key', 'last-key-sig', COMPROMISED)).state).to.equal('revoked')
    expect(await refusal(() => revokeKey(room, 'last-key', 'last-key-sig', COMPROMISED))).to.be.oneOf([
      'party-unknown',
      'party-out-of-state'
    ])
  })

  it('two who act at once are one after the other: the last two signing keys are not both retired', async () => {
    const { room } = registry()
    await register(room, partyOf('at-once'))
    await addKey(
      room,
      'at-once',
      { key: keyOf(generatePartyKeys('ec', 'at-once-next'), 'sig'), proof: null, voucher: null, gateway: null },
      self('at-once')
    )
    const codes = await Promise.all(['at-once-sig', 'at-once-next-sig'].map((kid) => refusal(() => retireKey(room, 'at-once', kid, DESK))))
    expect(codes.sort()).to.deep.equal(['done', 'party-key-needed'])
  })

  it('a FHIR base of another party, or within it, is refused: what is under it are that party’s records', async () => {
    const { room } = registry()
    await register(room, { ...partyOf('based'), fhirBases: ['https://ehr.example/fhir'] })
    const based = (base: string): Promise<string> => refusal(() => register(room, { ...partyOf('squatter'), fhirBases: [base] }))
    for (const base of ['https://ehr.example/fhir', 'https://EHR.example/fhir', 'https://ehr.example/fhir/tenant', 'https://ehr.example'])
      expect(await based(base), base).to.equal('party-invalid')
    expect(await based('https://ehr.example/fhir2')).to.equal('done')
  })

  it('45 CFR 164.528: who a live party was at a moment is told by its documents, though its keys changed since and it is revoked', async () => {
    const { room, pool } = registry()
    const party = { ...partyOf('once-here', 'insurer'), name: 'Example Name of Then' }
    await register(room, party)
    const at = new Date(Date.now() + 1).toISOString()
    await addKey(
      room,
      party.id,
      { key: keyOf(generatePartyKeys('ec', 'once-next'), 'sig'), proof: null, voucher: null, gateway: null },
      self(party.id)
    )
    await changeStanding(room, party.id, 'revoke', DESK)
    const ring = readKeyRing(generateKeyRing('localhost/sallyport-log'))
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-parties-'))
    const rooms = { pool, folder, ring, policies: { parties: new Map() } }
    await sequence(rooms)
    expect((await partyKnown(rooms, party.id))?.name).to.equal('Example Name of Then')
    expect((await (await partiesThen(rooms, [party.id]))(party.id, at))?.name).to.equal('Example Name of Then')
    rmSync(folder, { recursive: true })
  })
})
