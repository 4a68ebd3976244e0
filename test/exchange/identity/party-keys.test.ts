/** Keys that a party names itself: how many, and what naming another's does. On real Postgres. */
import { expect } from 'chai'
import { addKey, retireKey, revokeKey } from '../../../gateway/exchange/identity/party-keys.ts'
import { livingKeys } from '../../../gateway/exchange/identity/registry-live.ts'
import type { PublicJwk } from '../../../gateway/generated/policy.ts'
import { generatePartyKeys } from '../../../gateway/seal/generate.ts'
import { refusal } from '../../support/agreements.ts'
import { officerOf, partyOf, register, self, useRegistry } from '../../support/registry.ts'

function newKey(kid: string): PublicJwk {
  return generatePartyKeys('ec', kid).jwks.keys.find(({ use }) => use === 'sig') as PublicJwk
}
const bare = (key: PublicJwk) => ({ key, proof: null, voucher: null, gateway: null })

describe('exchange/identity: keys that a party names', function () {
  this.timeout(60_000)
  const serving = partyOf('serving')
  const registry = useRegistry([serving], [officerOf('first-operator'), officerOf('second-operator')])

  it('a party adds 50 keys a day and no more, so that the rows of one keep no other waiting: too-many-requests', async () => {
    const { room } = registry()
    const party = partyOf('restless')
    await register(room, party)
    for (let n = 0; n < 48; n++) {
      await addKey(room, party.id, bare(newKey(`restless-${n}`)), self(party.id))
      await retireKey(room, party.id, `restless-${n}-sig`, self(party.id))
    }
    expect(await refusal(() => addKey(room, party.id, bare(newKey('restless-last')), self(party.id)))).to.equal('too-many-requests')
  })

  it('a key of another party, named as one to seal to and then revoked, is taken from nobody: it signs on', async () => {
    const { room, watch } = registry()
    const live = await watch()
    const victim = newKey('victims')
    const hostile = partyOf('hostile')
    await register(room, hostile)
    const named = { ...victim, kid: 'mine', use: 'enc', alg: 'ECDH-ES+A256KW' } as PublicJwk
    await addKey(room, hostile.id, bare(named), self(hostile.id))
    await revokeKey(room, hostile.id, 'mine', { ...self(hostile.id), reason: 'key-compromise' })
    await live.look()
    const served = { keys: [victim] as never[] }
    expect((await livingKeys(async () => served, live.now)(serving.id))?.keys).to.have.length(1)
    expect((await livingKeys(async () => served, live.now)(hostile.id))?.keys, 'dead for who named it').to.have.length(0)
  })
})
