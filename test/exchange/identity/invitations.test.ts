import { expect } from 'chai'
import { confirm, decline, invite, listInvitations, type OfferRoom, offer } from '../../../gateway/exchange/identity/invitations.ts'
import { aboutOffer, documentHash, readParty } from '../../../gateway/exchange/identity/party-document.ts'
import type { Party, PublicJwk } from '../../../gateway/generated/policy.ts'
import { generatePartyKeys, type PartyKeys } from '../../../gateway/seal/generate.ts'
import { signKeyProof } from '../../../gateway/seal/key-proof.ts'
import { refusal } from '../../support/agreements.ts'
import { entriesIn } from '../../support/entries.ts'
import { query } from '../../support/house.ts'
import { DESK, OTHER, officerOf, partyOf, useRegistry } from '../../support/registry.ts'

const GATEWAY = 'https://gateway.example'

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

describe('exchange/identity: registration by invitation', function () {
  this.timeout(60_000)
  const filed = partyOf('filed-insurer', 'insurer')
  const registry = useRegistry([filed], [officerOf('first-operator'), officerOf('second-operator')])
  const offering = (): OfferRoom => ({ ...registry().room, gateway: GATEWAY, keysAt: async () => null })

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
})
