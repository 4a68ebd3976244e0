/** Routes that change who is who, asked with more than they know: on a real registry, whose rows must not change, with bodies that are taken as they stand. */
import { expect } from 'chai'
import { invite } from '../../gateway/exchange/identity/invitations.ts'
import { openParties } from '../../gateway/exchange/identity/parties-door.ts'
import { aboutOffer, documentHash } from '../../gateway/exchange/identity/party-document.ts'
import { generatePartyKeys, type PartyKeys } from '../../gateway/seal/generate.ts'
import { signKeyProof } from '../../gateway/seal/key-proof.ts'
import { thumbprintOf } from '../../gateway/seal/keyring.ts'
import { type HttpGateway, startHttpGateway } from '../support/http-gateway.ts'
import { IDENTITY, MORE } from '../support/members.ts'
import { DESK, officerOf, partyOf, useRegistry } from '../support/registry.ts'
import { officer } from '../support/who-may.ts'

/** By which the doors of identity refuse. */
const REFUSALS = ['bad-request', 'party-invalid', 'duplicate-key']

describe('http: tampering with who is who, on a real registry', function () {
  this.timeout(60_000)
  const operators = ['officer-operator', 'first-operator', 'second-operator'].map((id) => officerOf(id))
  const registry = useRegistry([partyOf('demo-hospital'), partyOf('demo-insurer', 'insurer')], operators)
  let gateway: HttpGateway
  before(async () => {
    const { room, watch } = registry()
    const live = await watch()
    const parties = (url: string) =>
      openParties({
        ...room,
        gateway: url,
        keysAt: async () => null,
        get registry() {
          return live.now()
        }
      })
    gateway = await startHttpGateway({ parts: (url) => ({ parties: parties(url) }), limits: { failedSignInsPerMinute: 600_000 } })
    for (const { id } of operators) gateway.parties.set(id, { ...officer('operator', ['metadata']), id })
  })
  after(() => gateway?.stop())

  type Asking = readonly [path: string, who: string | null, scope: string, body: object]
  const proof = (keys: PartyKeys, party: string, about: string): string =>
    signKeyProof({ gateway: gateway.url, party, about }, keys.signing, new Date())
  const guest = generatePartyKeys('ec', 'guest')
  const next = generatePartyKeys('ec', 'next')
  const party = partyOf('guest', 'insurer', guest)

  const ASKINGS: Readonly<Record<string, () => Promise<Asking>>> = {
    'POST /registration': async () => {
      const { code: invitation } = await invite(registry().room, { id: 'guest', role: 'insurer', days: 1 }, DESK)
      return ['/registration', null, '', { invitation, party, proofs: [proof(guest, 'guest', aboutOffer(invitation, party))] }]
    },
    'POST /invitations/:id/confirmation': async () => {
      const document = documentHash(party)
      return ['/invitations/guest/confirmation', 'second-operator', 'sallyport/operate', { document }]
    },
    'POST /invitations': async () => [
      '/invitations',
      'officer-operator',
      'sallyport/operate',
      { id: 'another', role: 'hospital', days: 3 }
    ],
    'POST /parties/:id/keys': async () => {
      const key = next.jwks.keys.find(({ use }) => use === 'sig')
      const body = { key, proof: proof(next, 'demo-insurer', thumbprintOf(key as never)) }
      return ['/parties/demo-insurer/keys', 'officer-operator', 'sallyport/keys', body]
    },
    'POST /parties/:id/confirmation': async () => {
      const hash = thumbprintOf(next.jwks.keys.find(({ use }) => use === 'sig') as never)
      return ['/parties/demo-insurer/confirmation', 'second-operator', 'sallyport/operate', { hash }]
    },
    'POST /parties/:id/keys/:key/revocation': async () => {
      return ['/parties/demo-insurer/keys/next-sig/revocation', 'officer-operator', 'sallyport/keys', { reason: 'key-compromise' }]
    }
  }

  async function send([path, who, scope]: Asking, body: string): Promise<{ status: number; code: string }> {
    const headers = {
      'content-type': 'application/json',
      ...(who === null ? {} : { authorization: `Bearer ${await gateway.token(who, [scope])}` })
    }
    const response = await fetch(`${gateway.url}${path}`, { method: 'POST', headers, body })
    return { status: response.status, code: /"code":"([a-z-]+)"\}\]/.exec(await response.text())?.[1] ?? '' }
  }
  /** All that is known of anybody. */
  async function known(): Promise<unknown> {
    const tables = ['identity', 'identity_key', 'party_invitation', 'party_change']
    return Promise.all(
      tables.map(async (table) => (await registry().pool.query(`SELECT to_jsonb(t) AS row FROM ${table} t ORDER BY 1`)).rows)
    )
  }

  it('each route that changes who is who is asked below', () => {
    expect(Object.keys(ASKINGS).sort()).to.deep.equal([...IDENTITY].sort())
  })

  for (const [name, asking] of Object.entries(ASKINGS))
    it(`${name}: a member more is refused, and nothing is made of it (mass assignment, identity)`, async () => {
      const asked = await asking()
      const [, , , whole] = asked
      const text = JSON.stringify(whole)
      const before = await known()
      const names = new Set(Object.keys(whole))
      const more = MORE.filter((one) => !names.has(Object.keys(JSON.parse(`{${one}}`) as object)[0] ?? ''))
      const bodies = more.flatMap((one) => [`{${one},${text.slice(1)}`, `${text.slice(0, -1)},${one}}`])
      // within what it holds: the party, the key
      const within = Object.entries(whole).filter(([, value]) => typeof value === 'object' && !Array.isArray(value))
      for (const [member, value] of within)
        for (const one of ['"standing":"active"', '"origin":"folder"', '"d":"AQAB"', '"__proto__":{"role":"insurer"}'])
          bodies.push(
            text.replace(JSON.stringify(value), `{${one},${JSON.stringify(value).slice(1)}`),
            JSON.stringify({ ...whole, [member]: [value] })
          )
      for (const member of names) bodies.push(`${text.slice(0, -1)},${JSON.stringify(member)}:"other"}`)
      for (const body of bodies) {
        const told = await send(asked, body)
        expect([told.status, told.code], body).to.satisfy(([status, code]: [number, string]) => status === 400 && REFUSALS.includes(code))
      }
      expect(await known(), 'nobody is anybody else by it').to.deep.equal(before)
      const taken = await send(asked, text)
      expect(taken.status, `as it should be: ${taken.code}`).to.be.oneOf([200, 201, 202])
      expect(await known()).not.to.deep.equal(before)
    })
})
