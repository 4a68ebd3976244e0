/** Parties through every state, and how they register themselves: on real Postgres, with real signatures. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { nextPartyState, type PartyAct, type PartyActor, standingTransitions } from '../../../gateway/core/identity/party-life.ts'
import {
  aboutOffer,
  confirm,
  decline,
  invite,
  listInvitations,
  type OfferRoom,
  offer
} from '../../../gateway/exchange/identity/invitations.ts'
import { changeStanding, registerParty } from '../../../gateway/exchange/identity/parties.ts'
import { documentHash, readParty } from '../../../gateway/exchange/identity/party-document.ts'
import { addKey, retireKey, revokeKey } from '../../../gateway/exchange/identity/party-keys.ts'
import { sequence } from '../../../gateway/exchange/log/log.ts'
import { partiesThen, partyKnown } from '../../../gateway/exchange/parties-then.ts'
import type { Party, PublicJwk } from '../../../gateway/generated/policy.ts'
import { generateKeyRing, generatePartyKeys, type PartyKeys } from '../../../gateway/seal/generate.ts'
import { signKeyProof } from '../../../gateway/seal/key-proof.ts'
import { readKeyRing } from '../../../gateway/seal/keyring.ts'
import { refusal } from '../../support/agreements.ts'
import { entriesIn } from '../../support/entries.ts'
import { query } from '../../support/house.ts'
import { DESK, officerOf, partyOf, useRegistry } from '../../support/registry.ts'

const GATEWAY = 'https://gateway.example'
const OTHER = { ...DESK, officer: 'second-operator' } as const
const COMPROMISED = { ...DESK, reason: 'key-compromise' } as const

const STANDINGS = ['active', 'suspended', 'revoked'] as const
const CHANGES = STANDINGS.flatMap((from) => STANDINGS.filter((to) => to !== from).map((to) => [from, to] as const))

function keyOf(keys: PartyKeys, use: 'sig' | 'enc'): PublicJwk {
  return keys.jwks.keys.find((key) => key.use === use) as PublicJwk
}

function proved(
  code: string,
  party: Party,
  keys: PartyKeys,
  changes: { gateway?: string; party?: string; about?: string } = {},
  at = new Date()
): string[] {
  return [signKeyProof({ gateway: GATEWAY, party: party.id, about: aboutOffer(code, party), ...changes }, keys.signing, at)]
}

describe('exchange/identity: what is done to parties', function () {
  this.timeout(60_000)
  const filed = partyOf('filed-insurer', 'insurer')
  const registry = useRegistry([filed], [officerOf('first-operator'), officerOf('second-operator')])
  const offering = (): OfferRoom => ({ ...registry().room, gateway: GATEWAY, keysAt: async () => null })

  const ACTS: readonly PartyAct[] = [
    'invite',
    'offer',
    'decline',
    'confirm',
    'register',
    'add-key',
    'retire-key',
    'revoke-key',
    'suspend',
    'resume',
    'revoke'
  ]
  const WHO: readonly PartyActor[] = ['desk', 'operator', 'self', 'guest']

  it('the table: who is revoked is never anything else; a guest does nothing but offer; a party only keeps its own keys', () => {
    for (const act of ACTS) for (const who of WHO) expect(nextPartyState('revoked', act, who), `${act} by ${who}`).to.have.property('code')
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
      await registerParty(room, partyOf(id), DESK)
      if (from !== 'active') await changeStanding(room, id, from === 'suspended' ? 'suspend' : 'revoke', DESK)
      if (await done('UPDATE identity SET standing = $2 WHERE id = $1', [id, to])) seen.push(`${from},${to}`)
    }
    expect(seen.sort()).to.deep.equal(standingTransitions().map(String).sort())
    for (const sql of ["DELETE FROM identity WHERE id = 'table-active-revoked'", 'TRUNCATE identity CASCADE', 'DELETE FROM identity_key'])
      expect(await done(sql), sql).to.equal(false)
  })

  it('each act in each standing: refused by name where the table says so, and then nothing has changed', async () => {
    const { room, url } = registry()
    const fresh = (): { key: PublicJwk; proof: null; gateway: null } => ({
      key: keyOf(generatePartyKeys('ec', null), 'sig'),
      proof: null,
      gateway: null
    })
    const acts = (id: string) => ({
      'add': () => addKey(room, id, fresh(), DESK),
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
      await registerParty(room, partyOf(id), DESK)
      await addKey(room, id, fresh(), DESK)
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
    await registerParty(room, partyOf('own-keys', 'insurer', keys), DESK)
    await registerParty(room, partyOf('other-keys'), DESK)
    const take = (key: PublicJwk, id = 'other-keys'): Promise<string> =>
      refusal(() => addKey(room, id, { key, proof: null, gateway: null }, DESK))
    expect(await take({ ...keyOf(keys, 'sig'), kid: 'mine-now' })).to.equal('party-key-taken')
    expect(await take({ ...keyOf(keys, 'enc'), kid: 'mine-now' })).to.equal('party-key-taken')
    expect(await take({ ...(filed.jwks?.keys[0] as PublicJwk), kid: 'mine-now' }), 'of a file').to.equal('party-key-taken')
    await addKey(room, 'own-keys', { key: keyOf(generatePartyKeys('ec', 'own-next'), 'sig'), proof: null, gateway: null }, DESK)
    await retireKey(room, 'own-keys', 'own-keys-sig', DESK)
    expect(await take(keyOf(keys, 'sig')), 'retired').to.equal('party-key-taken')
    expect(await take(keyOf(keys, 'sig'), 'own-keys'), 'nor its own again').to.equal('party-key-taken')
    const p384 = generatePartyKeys('ec', 'both-uses')
    const both = { ...keyOf(p384, 'sig'), kid: 'both-enc', use: 'enc', alg: 'ECDH-ES+A256KW' } as PublicJwk
    expect(await refusal(async () => readParty({ ...partyOf('both-uses'), jwks: { keys: [keyOf(p384, 'sig'), both] } }))).to.equal(
      'party-invalid'
    )
    await registerParty(room, partyOf('both-uses', 'hospital', p384), DESK)
    expect(await take(both, 'both-uses')).to.equal('party-key-taken')
    expect(
      await take({ ...keyOf(generatePartyKeys('ec', 'x'), 'sig'), kid: 'both-uses-sig' }, 'both-uses'),
      'a kid names one key'
    ).to.equal('party-invalid')
  })

  it('the last signing key is not retired; revoked it is, for a stolen key waits for nothing', async () => {
    const { room } = registry()
    await registerParty(room, partyOf('last-key'), DESK)
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
    await registerParty(room, partyOf('at-once'), DESK)
    await addKey(room, 'at-once', { key: keyOf(generatePartyKeys('ec', 'at-once-next'), 'sig'), proof: null, gateway: null }, DESK)
    const codes = await Promise.all(['at-once-sig', 'at-once-next-sig'].map((kid) => refusal(() => retireKey(room, 'at-once', kid, DESK))))
    expect(codes.sort()).to.deep.equal(['done', 'party-key-needed'])
  })

  it('a FHIR base of another party, or within it, is refused: what is under it are that party’s records', async () => {
    const { room } = registry()
    await registerParty(room, { ...partyOf('based'), fhirBases: ['https://ehr.example/fhir'] }, DESK)
    const based = (base: string): Promise<string> => refusal(() => registerParty(room, { ...partyOf('squatter'), fhirBases: [base] }, DESK))
    for (const base of ['https://ehr.example/fhir', 'https://EHR.example/fhir', 'https://ehr.example/fhir/tenant', 'https://ehr.example'])
      expect(await based(base), base).to.equal('party-invalid')
    expect(await based('https://ehr.example/fhir2')).to.equal('done')
  })

  it('invited, offered with proofs, confirmed by another: active; each step is an entry that holds no secret', async () => {
    const { room, url, pool } = registry()
    const keys = generatePartyKeys('ec', 'guest')
    const party = { ...partyOf('guest', 'insurer', keys), fhirBases: ['https://guest.example/fhir'] }
    const { code } = await invite(room, { id: 'guest', role: 'insurer', days: 7 }, DESK)
    const { state, document } = await offer(offering(), { code, party, proofs: proved(code, party, keys) })
    expect([state, document]).to.deep.equal(['waiting', documentHash(party)])
    expect(await refusal(() => confirm(room, 'guest', document, DESK)), 'by who invited').to.equal('self-approval')
    expect(await refusal(() => confirm(room, 'guest', documentHash(filed), OTHER)), 'another document').to.equal('bad-request')
    expect(await confirm(room, 'guest', document, OTHER)).to.deep.equal({ id: 'guest', state: 'active' })
    const entries = (await entriesIn(url, 'party-invited', 'party-offered', 'party-registered')).filter(
      ({ id }) => (id as unknown) === 'guest'
    )
    expect(entries.map(({ kind }) => kind)).to.deep.equal(['party-invited', 'party-offered', 'party-registered'])
    const all = JSON.stringify(await entriesIn(url)) + JSON.stringify((await pool.query('SELECT * FROM party_invitation')).rows)
    expect(all).to.not.include(code)
  })

  it('registration refuses alike: an unknown, used, expired or guessed code, another id or role, a proof of another key, gateway, party, document or hour, none, alg none', async () => {
    const { room, url } = registry()
    const keys = generatePartyKeys('ec', 'refused')
    const stranger = generatePartyKeys('ec', 'refused')
    const party = partyOf('refused', 'insurer', keys)
    const { code } = await invite(room, { id: 'refused', role: 'insurer', days: 7 }, DESK)
    const good = { code, party, proofs: proved(code, party, keys) }
    const as = (id: string, role: Party['role']): typeof good => {
      const other = { ...party, id, role }
      return { code, party: other, proofs: proved(code, other, keys) }
    }
    const header = Buffer.from(JSON.stringify({ alg: 'none', typ: 'sallyport-key-proof+jwt', kid: 'refused-sig' })).toString('base64url')
    const twoKeys = { ...party, jwks: { keys: [...(party.jwks?.keys ?? []), keyOf(generatePartyKeys('ec', 'unproved'), 'sig')] } } as Party
    const bad: Readonly<Record<string, typeof good>> = {
      'unknown code': { ...good, code: 'A'.repeat(43) },
      'no code': { ...good, code: '' },
      'a hash as code': { ...good, code: 'a'.repeat(64) },
      'another id': as('refused-too', 'insurer'),
      'another role': as('refused', 'hospital'),
      'another key': { ...good, proofs: proved(code, party, stranger) },
      'another gateway': { ...good, proofs: proved(code, party, keys, { gateway: 'https://gateway.example.org' }) },
      'another party': { ...good, proofs: proved(code, party, keys, { party: 'filed-insurer' }) },
      'another document': { ...good, party: { ...party, name: 'Renamed on the way' } },
      'another code': { ...good, proofs: proved('B'.repeat(43), party, keys) },
      'an hour ago': { ...good, proofs: proved(code, party, keys, {}, new Date(Date.now() - 3_600_000)) },
      'in an hour': { ...good, proofs: proved(code, party, keys, {}, new Date(Date.now() + 3_600_000)) },
      'no proof': { ...good, proofs: [] },
      'a key without proof': { code, party: twoKeys, proofs: proved(code, twoKeys, keys) },
      'no signing key': { ...good, party: { ...party, jwks: { keys: [keyOf(keys, 'enc')] } } as Party },
      'alg none': { ...good, proofs: [`${header}.${good.proofs[0]?.split('.')[1] ?? ''}.`] },
      'not a proof': { ...good, proofs: ['a.b.c', ''] }
    }
    for (const [name, one] of Object.entries(bad))
      expect(await refusal(() => offer(offering(), one)), name).to.equal('registration-refused')
    expect((await listInvitations(room)).find(({ id }) => id === 'refused')?.state, 'not used up by failures').to.equal('invited')
    expect(await refusal(() => offer(offering(), good))).to.equal('done')
    expect(await refusal(() => offer(offering(), good)), 'used').to.equal('registration-refused')
    const late = await invite(room, { id: 'too-late', role: 'insurer', days: 1 }, DESK)
    const later = { ...offering(), now: () => new Date(Date.now() + 2 * 86_400_000) }
    const own = partyOf('too-late', 'insurer', keys)
    expect(
      await refusal(() => offer(later, { code: late.code, party: own, proofs: proved(late.code, own, keys, {}, later.now()) })),
      'expired'
    ).to.equal('registration-refused')
    const again = await invite(room, { id: 'too-late', role: 'insurer', days: 1 }, DESK)
    expect(
      await refusal(() => offer(offering(), { code: late.code, party: own, proofs: proved(late.code, own, keys) })),
      'replaced'
    ).to.equal('registration-refused')
    await decline(room, 'too-late', OTHER)
    expect(
      await refusal(() => offer(offering(), { code: again.code, party: own, proofs: proved(again.code, own, keys) })),
      'taken back'
    ).to.equal('registration-refused')
    expect(await query(url, "SELECT 1 FROM identity WHERE id IN ('refused', 'too-late')"), 'and nobody came of it').to.deep.equal([])
  })

  it('one code sent ten times at once is used once', async () => {
    const { room } = registry()
    const keys = generatePartyKeys('ec', 'hasty')
    const party = partyOf('hasty', 'hospital', keys)
    const { code } = await invite(room, { id: 'hasty', role: 'hospital', days: 1 }, DESK)
    const codes = await Promise.all(
      Array.from({ length: 10 }, () => refusal(() => offer(offering(), { code, party, proofs: proved(code, party, keys) })))
    )
    expect(codes.filter((one) => one === 'done')).to.have.length(1)
    expect(new Set(codes)).to.deep.equal(new Set(['done', 'registration-refused']))
  })

  it('mass assignment: members that a party is not to say, standing, endpoints, private keys, are refused', () => {
    const party = partyOf('assigned')
    for (const more of [
      { standing: 'active' },
      { origin: 'folder' },
      { epoch: 0 },
      { scopes: ['*'] },
      { admin: true },
      { constructor: {} }
    ])
      expect(() => readParty({ ...party, ...more }), JSON.stringify(more))
        .to.throw()
        .with.property('code', 'party-invalid')
    const secret = generatePartyKeys('ec', 'assigned').signing
    expect(() => readParty({ ...party, jwks: { keys: [secret] } }))
      .to.throw()
      .with.property('code', 'party-invalid')
    expect(() => readParty(JSON.parse(`{"__proto__": {"role": "insurer"}, "id": "x"}`)))
      .to.throw()
      .with.property('code', 'party-invalid')
  })

  it('45 CFR 164.528: who a live party was at a moment is told by its documents, though its keys changed since and it is revoked', async () => {
    const { room, pool } = registry()
    const party = { ...partyOf('once-here', 'insurer'), name: 'Example Name of Then' }
    await registerParty(room, party, DESK)
    const at = new Date(Date.now() + 1).toISOString()
    await addKey(room, party.id, { key: keyOf(generatePartyKeys('ec', 'once-next'), 'sig'), proof: null, gateway: null }, DESK)
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
