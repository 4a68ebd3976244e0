/** Nobody alone makes a party, a key or a secret: one operator begins, another confirms, and at the desk each by a signature. On real Postgres, with real signatures. */
import { expect } from 'chai'
import { registryOf } from '../../../gateway/core/identity/registry.ts'
import { giveSecret } from '../../../gateway/exchange/identity/client-secrets.ts'
import { confirmOf } from '../../../gateway/exchange/identity/confirmations.ts'
import { confirm, decline, invite } from '../../../gateway/exchange/identity/invitations.ts'
import { changeStanding, registerParty } from '../../../gateway/exchange/identity/parties.ts'
import { amendParty } from '../../../gateway/exchange/identity/party-amendments.ts'
import { listChanges } from '../../../gateway/exchange/identity/party-changes.ts'
import { documentHash } from '../../../gateway/exchange/identity/party-document.ts'
import { addKey, retireKey, revokeKey } from '../../../gateway/exchange/identity/party-keys.ts'
import { livingKeys } from '../../../gateway/exchange/identity/registry-live.ts'
import { type Spoken, spokenWord } from '../../../gateway/exchange/identity/two-operators.ts'
import type { Officer, Party, PublicJwk } from '../../../gateway/generated/policy.ts'
import { newest } from '../../../gateway/parties.ts'
import { generatePartyKeys } from '../../../gateway/seal/generate.ts'
import { type PublicJwk as RingJwk, thumbprintOf } from '../../../gateway/seal/keyring.ts'
import { signPartyWord } from '../../../gateway/seal/party-word.ts'
import { Secrets } from '../../../gateway/seal/secret.ts'
import { findSecret } from '../../../gateway/store/client-secrets.ts'
import { refusal } from '../../support/agreements.ts'
import { entriesIn } from '../../support/entries.ts'
import { query } from '../../support/house.ts'
import { DESK, OTHER, officerOf, partyOf, register, self, useRegistry } from '../../support/registry.ts'

const HTTP = { as: 'operator', officer: 'first-operator' } as const
const OTHER_HTTP = { as: 'operator', officer: 'second-operator' } as const

function newKey(kid: string, use: 'sig' | 'enc' = 'sig'): PublicJwk {
  return generatePartyKeys('ec', kid).jwks.keys.find((key) => key.use === use) as PublicJwk
}
const print = (key: PublicJwk): string => thumbprintOf(key as RingJwk)
const bare = (key: PublicJwk) => ({ key, proof: null, voucher: null, gateway: null })

describe('exchange/identity: by two operators', function () {
  this.timeout(60_000)
  const twin: Officer = { ...officerOf('first-operator-again'), name: ' Example  officer FIRST-operator\u200b' }
  const filed = partyOf('filed-insurer', 'insurer')
  const { jwks: _jwks, ...document } = partyOf('vouched')
  const vouched = { ...document, certificates: { anchors: [] } } as unknown as Party
  const registry = useRegistry([filed, vouched], [officerOf('first-operator'), officerOf('second-operator'), twin])

  it('one operator is not any party: a key that one adds opens nothing until another confirms its thumbprint; that of the party itself is active at once', async () => {
    const { room, watch, url } = registry()
    const live = await watch()
    const kids = async (): Promise<string[]> => {
      await live.look()
      return (live.now().parties.get(filed.id)?.jwks?.keys ?? []).map(({ kid }) => kid)
    }
    for (const [n, [first, second]] of [
      [DESK, OTHER],
      [HTTP, OTHER_HTTP]
    ].entries()) {
      const key = newKey(`next-${n}`)
      expect((await addKey(room, filed.id, bare(key), first as typeof DESK)).state).to.equal('waiting')
      expect(await kids()).to.not.include(key.kid)
      expect(await listChanges(room, filed.id)).to.deep.include.members([
        { ...(await listChanges(room, filed.id))[0], what: 'key', hash: print(key), begunBy: 'first-operator' }
      ])
      expect(await refusal(() => confirmOf(room, filed.id, print(key), first as typeof DESK)), 'by who began it').to.equal('self-approval')
      expect(await refusal(() => confirmOf(room, filed.id, print(newKey('x')), second as typeof DESK)), 'another').to.equal('party-unknown')
      expect(await kids()).to.not.include(key.kid)
      expect((await confirmOf(room, filed.id, print(key), second as typeof DESK)).hash).to.equal(print(key))
      expect(await kids()).to.include(key.kid)
      expect(await refusal(() => confirmOf(room, filed.id, print(key), second as typeof DESK)), 'once').to.equal('party-unknown')
    }
    const own = newKey('own')
    expect((await addKey(room, filed.id, bare(own), self(filed.id))).state).to.equal('active')
    expect(await kids()).to.include(own.kid)
    expect((await entriesIn(url)).map((entry) => (entry as { kind?: string }).kind)).to.include('party-change-begun')
  })

  it('two are two people: not one name spelt otherwise, nor one key under two ids, nor an officer without a file', async () => {
    const { room } = registry()
    const key = newKey('by-two')
    await addKey(room, filed.id, bare(key), DESK)
    for (const officer of ['first-operator-again', 'nobody-at-all'])
      expect(await refusal(() => confirmOf(room, filed.id, print(key), { ...OTHER, officer })), officer).to.equal('self-approval')
    expect(await refusal(() => confirmOf(room, filed.id, print(key), { ...OTHER, key: DESK.key })), 'one key').to.equal('self-approval')
    const party = partyOf('of-twins')
    const { document } = await registerParty(room, party, DESK)
    expect(await refusal(() => confirm(room, party.id, document, { ...OTHER, officer: twin.id }))).to.equal('self-approval')
    expect(await refusal(() => confirm(room, party.id, document, { ...OTHER, key: DESK.key }))).to.equal('self-approval')
    expect(await refusal(() => confirm(room, party.id, document, DESK))).to.equal('self-approval')
    expect((await confirm(room, party.id, document, OTHER)).state).to.equal('active')
  })

  it('at the desk an id is a claim: what makes somebody sign in is refused without the key that signed', async () => {
    const { room } = registry()
    const claimed = { as: 'desk', officer: 'second-operator', reason: 'unspecified' } as const
    const key = newKey('claimed')
    await addKey(room, filed.id, bare(key), DESK)
    const party = partyOf('claimed-party')
    const { document } = await registerParty(room, party, DESK)
    const acts: readonly (() => Promise<unknown>)[] = [
      () => invite(room, { id: 'claimed-guest', role: 'hospital', days: 1 }, claimed),
      () => confirm(room, party.id, document, claimed),
      () => registerParty(room, partyOf('claimed-other'), claimed),
      () => addKey(room, filed.id, bare(newKey('claimed-2')), claimed),
      () => giveSecret(room, filed.id, claimed),
      () => confirmOf(room, filed.id, print(key), claimed)
    ]
    for (const [n, act] of acts.entries()) expect(await refusal(act), String(n)).to.equal('approval-invalid')
    expect(await refusal(() => changeStanding(room, filed.id, 'suspend', claimed)), 'what only stops').to.equal('done')
    expect(await refusal(() => confirmOf(room, filed.id, print(key), OTHER)), 'of one suspended').to.equal('party-out-of-state')
    await changeStanding(room, filed.id, 'resume', claimed)
    await decline(room, filed.id, claimed)
    expect(await refusal(() => confirmOf(room, filed.id, print(key), OTHER)), 'declined').to.equal('party-unknown')
  })

  it('a word is the officer’s by a registered key, about this very act, of this quarter of an hour', async () => {
    const keys = generatePartyKeys('ec', 'speaker')
    const stranger = generatePartyKeys('ec', 'speaker')
    const speaker: Officer = {
      ...officerOf('speaker'),
      jwks: { keys: keys.jwks.keys.filter(({ use }) => use === 'sig') as Officer['jwks']['keys'] }
    }
    const reviewer: Officer = { ...speaker, id: 'reviewer', roles: ['compliance-reviewer'] }
    const known = registryOf({ parties: new Map(), officers: new Map([speaker, reviewer].map((one) => [one.id, one])) })
    const spoken: Spoken = { act: 'confirm', party: 'example', about: 'sha256:00' }
    const said = (changes: object = {}, signing = keys.signing): string =>
      signPartyWord({ v: 1, ...spoken, officer: 'speaker', at: new Date().toISOString(), ...changes }, signing)
    const now = (): Date => new Date()
    const asked = (jws: string, of = known): Promise<string> => refusal(() => spokenWord({ registry: of, now }, jws, spoken))
    expect(await asked(said())).to.equal('done')
    for (const changes of [{ act: 'add-key' }, { party: 'another' }, { about: 'sha256:01' }, { v: 2 }, { more: 'x' }])
      expect(await asked(said(changes)), JSON.stringify(changes)).to.equal('approval-invalid')
    expect(await asked(said({}, stranger.signing)), 'another key of that kid').to.equal('approval-invalid')
    for (const officer of ['reviewer', 'nobody']) expect(await asked(said({ officer })), officer).to.equal('not-an-operator')
    for (const seconds of [-1000, 100])
      expect(await asked(said({ at: new Date(Date.now() + seconds * 1000).toISOString() })), String(seconds)).to.equal('approval-clock')
    expect(await asked(said({ at: 'now' }))).to.equal('approval-clock')
    const [own] = keys.jwks.keys.filter(({ use }) => use === 'sig')
    const revoked = { ...known, revokedKeys: new Set([`speaker ${thumbprintOf(own as RingJwk)}`]) }
    expect(await asked(said(), revoked), 'revoked').to.equal('approval-invalid')
    for (const jws of ['', 'a.b', 'a.b.c', '..', 'x'.repeat(9000)]) expect(await asked(jws), jws.slice(0, 9)).to.equal('approval-invalid')
  })

  it('a secret opens nothing until another operator confirms it, and the one before stays until then', async () => {
    const { room, pool } = registry()
    const { secret, hash } = await giveSecret(room, filed.id, DESK)
    expect(await findSecret(pool, filed.id)).to.equal(null)
    expect(await refusal(() => confirmOf(room, filed.id, hash, DESK))).to.equal('self-approval')
    await confirmOf(room, filed.id, hash, OTHER)
    expect(await new Secrets().fits(secret, await findSecret(pool, filed.id))).to.equal(true)
    await giveSecret(room, filed.id, OTHER)
    expect(await new Secrets().fits(secret, await findSecret(pool, filed.id))).to.equal(true)
  })

  it('the database refuses who began it, a second time, and other words', async () => {
    const { room, url } = registry()
    const key = newKey('in-the-database')
    await addKey(room, filed.id, bare(key), DESK)
    const tried = (set: string): Promise<boolean> =>
      query(url, `UPDATE party_change SET ${set} WHERE hash = $1`, [print(key)]).then(
        () => true,
        () => false
      )
    for (const set of ["state = 'confirmed', confirmed_by = 'first-operator'", "state = 'confirmed'", "content = '{}'", "officer = 'x'"])
      expect(await tried(set), set).to.equal(false)
    expect(await tried("state = 'confirmed', confirmed_by = 'second-operator'")).to.equal(true)
    expect(await tried("state = 'declined', confirmed_by = NULL")).to.equal(false)
  })

  it('a live party is amended by two: a certificate beside the old one loses nothing, one taken away ends what it signed in by; id, role, keys and files stay', async () => {
    const { room, url } = registry()
    const { jwks, ...party } = { ...partyOf('amended'), certificateThumbprints: ['A'.repeat(43)] }
    await register(room, { ...party, jwks } as Party)
    const now = async (): Promise<{ thumbprints: string[]; dead: unknown }> => {
      const [row] = await query<{ document: string; not_before: unknown }>(
        url,
        "SELECT document, not_before FROM identity WHERE id = 'amended'"
      )
      const document = JSON.parse(row?.document ?? '{}') as Party
      return { thumbprints: document.certificateThumbprints ?? [], dead: row?.not_before }
    }
    const both = { ...party, certificateThumbprints: ['A'.repeat(43), `${'B'.repeat(42)}A`] }
    const { document } = await amendParty(room, both, DESK)
    expect((await now()).thumbprints).to.have.length(1)
    expect(await refusal(() => confirmOf(room, 'amended', document, DESK))).to.equal('self-approval')
    await confirmOf(room, 'amended', document, OTHER)
    expect(await now()).to.deep.equal({ thumbprints: both.certificateThumbprints, dead: null })
    const one = { ...both, certificateThumbprints: both.certificateThumbprints.slice(1) }
    const second = await amendParty(room, one, DESK)
    await confirmOf(room, 'amended', second.document, OTHER)
    expect((await now()).dead).to.not.equal(null)
    for (const wrong of [
      { ...both, role: 'insurer' },
      { ...both, jwks },
      { ...both, standing: 'active' },
      { ...both, id: filed.id }
    ])
      expect(await refusal(() => amendParty(room, wrong, DESK))).to.equal('party-invalid')
  })

  it('a key that was retired or revoked comes back by no file, under no id, nor by a server; and its kid names no other', async () => {
    const { room, watch, folder } = registry()
    const keys = generatePartyKeys('ec', 'robbed')
    const party = partyOf('robbed', 'hospital', keys)
    await register(room, party)
    await addKey(room, party.id, bare(newKey('robbed-next')), self(party.id))
    const [sig, enc] = party.jwks?.keys ?? []
    await retireKey(room, party.id, 'robbed-sig', DESK)
    await revokeKey(room, party.id, 'robbed-enc', { ...DESK, reason: 'key-compromise' })
    const thief = { ...partyOf('thief'), jwks: party.jwks } as Party
    const files = { ...folder, parties: new Map([...folder.parties, [thief.id, thief]]) }
    const before = await watch(files)
    expect(before.now().parties.get('thief')?.jwks?.keys, 'at start: what signed').to.deep.equal([enc])
    expect([...before.now().revokedKeys], 'it was never proved').to.not.include(`* ${print(enc as PublicJwk)}`)
    const again = { ...(newKey('x') as PublicJwk), kid: 'robbed-sig' }
    expect(await refusal(() => addKey(room, party.id, bare(again), self(party.id))), 'its kid').to.equal('party-key-taken')
    await revokeKey(room, party.id, print(sig as PublicJwk), { ...DESK, reason: 'key-compromise' })
    await before.look()
    expect([...before.now().revokedKeys]).to.include(`* ${print(sig as PublicJwk)}`)
    const owner = { ...partyOf('owner'), jwks: { keys: [newKey('owner-sig')] } } as Party
    const later = await watch({ ...folder, parties: new Map([...folder.parties, [owner.id, owner]]) })
    expect(later.now().parties.get('owner')?.jwks?.keys).to.have.length(1)
  })

  it('what an operator began who was suspended since is confirmed by nobody: not-an-operator; an old registration of the desk neither', async () => {
    const { room } = registry()
    const key = newKey('left-behind')
    await addKey(room, filed.id, bare(key), OTHER)
    await changeStanding(room, 'second-operator', 'suspend', { ...DESK, reason: 'key-compromise' })
    expect(await refusal(() => confirmOf(room, filed.id, print(key), DESK))).to.equal('not-an-operator')
    await changeStanding(room, 'second-operator', 'resume', DESK)
    const late = partyOf('too-late')
    const { document } = await registerParty(room, late, DESK)
    const nextWeek = { ...room, now: () => new Date(Date.now() + 8 * 86_400_000) }
    expect(await refusal(() => confirm(nextWeek, late.id, document, OTHER))).to.equal('party-out-of-state')
  })

  it('a key that comes with a certificate dies by the kid it is known by, and by its thumbprint', async () => {
    const { room, watch } = registry()
    const live = await watch()
    const [one, other] = [newKey('a'), newKey('b')].map((key, n) => ({ ...key, kid: String(n).repeat(43) }))
    const served = { keys: [one, other] as never[] }
    const living = livingKeys(async () => served, live.now)
    for (const [n, name] of ['0'.repeat(43), print(other as PublicJwk)].entries()) {
      await revokeKey({ ...room, keysOf: async () => served }, vouched.id, name, { ...DESK, reason: 'key-compromise' })
      await live.look()
      expect((await living(vouched.id))?.keys, name).to.have.length(1 - n)
    }
    expect((await living(filed.id))?.keys, 'what was only served is taken from nobody else').to.have.length(2)
  })

  it('an unknown kid makes a look at the database, of a name that is there and of none alike, and no more than a few in a second', async () => {
    const known = registryOf({ parties: new Map([[filed.id, filed]]), officers: new Map() })
    const clock = { at: 0, looks: 0 }
    const keysOf = newest(
      async (id) => (id === filed.id ? { keys: (filed.jwks?.keys ?? []) as never[], by: 'inline' as never } : null),
      {
        now: () => known,
        look: async () => {
          clock.looks += 1
        }
      },
      () => clock.at
    )
    const looks = async (id: string, kid: string): Promise<number> => {
      const before = clock.looks
      clock.at += 1000
      await keysOf(id, { kid })
      return clock.looks - before
    }
    expect([await looks(filed.id, 'unknown'), await looks('nobody', 'unknown')]).to.deep.equal([1, 1])
    expect(await looks(filed.id, filed.jwks?.keys[0]?.kid ?? '')).to.equal(0)
    const before = clock.looks
    for (let n = 0; n < 1000; n += 1) {
      clock.at += 1
      await keysOf(n % 2 === 0 ? filed.id : 'nobody', { kid: `guess-${n}` })
    }
    expect(clock.looks - before).to.be.most(5)
  })

  it('what an operator registered is confirmed by its hash alone', async () => {
    const { room } = registry()
    const party = partyOf('by-hash')
    await registerParty(room, party, DESK)
    expect(await refusal(() => confirm(room, party.id, documentHash(partyOf('by-hash')), OTHER))).to.equal('bad-request')
    expect((await confirm(room, party.id, documentHash(party), OTHER)).state).to.equal('active')
  })
})
