/** Registration and keys over HTTP: real listener, real registry on Postgres. What is sent is hostile; what is answered tells nothing. */
import { expect } from 'chai'
import { invite } from '../../gateway/exchange/identity/invitations.ts'
import { openParties } from '../../gateway/exchange/identity/parties-door.ts'
import { aboutOffer } from '../../gateway/exchange/identity/party-document.ts'
import type { LiveRegistry } from '../../gateway/exchange/identity/registry-live.ts'
import type { Party, PublicJwk } from '../../gateway/generated/policy.ts'
import { generatePartyKeys } from '../../gateway/seal/generate.ts'
import { signKeyProof } from '../../gateway/seal/key-proof.ts'
import { thumbprintOf } from '../../gateway/seal/keyring.ts'
import { entriesIn } from '../support/entries.ts'
import { type HttpGateway, startHttpGateway } from '../support/http-gateway.ts'
import { DESK, officerOf, partyOf, useRegistry } from '../support/registry.ts'

const JSON_TYPE = { 'content-type': 'application/json' }

describe('http: registration and keys of parties', function () {
  this.timeout(60_000)
  const insurer = generatePartyKeys('ec', 'demo-insurer')
  const registry = useRegistry(
    [partyOf('demo-hospital'), partyOf('demo-insurer', 'insurer', insurer)],
    [officerOf('officer-operator'), officerOf('officer-other'), officerOf('first-operator')]
  )
  let gateway: HttpGateway
  let live: LiveRegistry
  before(async () => {
    const { room, watch } = registry()
    live = await watch()
    const parts = (url: string) => ({
      parties: openParties({
        ...room,
        gateway: url,
        keysAt: async () => null,
        get registry() {
          return live.now()
        }
      })
    })
    gateway = await startHttpGateway({ parts, limits: { failedSignInsPerMinute: 6000 } })
    for (const id of ['officer-operator', 'officer-other'])
      gateway.parties.set(id, { id, role: 'officer', roles: ['operator'], sees: ['metadata'], certificates: [] })
  })
  after(() => gateway?.stop())

  async function send(
    path: string,
    body: string,
    init: { method?: string; headers?: Record<string, string> } = {}
  ): Promise<{ status: number; text: string }> {
    const { method = 'POST', headers = {} } = init
    const response = await fetch(`${gateway.url}${path}`, {
      method,
      headers: { ...JSON_TYPE, ...headers },
      ...(method === 'GET' || method === 'DELETE' ? {} : { body })
    })
    return { status: response.status, text: await response.text() }
  }
  async function as(who: string, scope: string): Promise<Record<string, string>> {
    return { authorization: `Bearer ${await gateway.token(who, [scope])}` }
  }
  async function invited(id: string, role: Party['role'] = 'insurer') {
    const keys = generatePartyKeys('ec', id)
    const party = partyOf(id, role, keys)
    const { code } = await invite(registry().room, { id, role, days: 1 }, DESK)
    const offer = (told: Party = party, changes: object = {}): string => {
      const proofs = [signKeyProof({ gateway: gateway.url, party: told.id, about: aboutOffer(code, told) }, keys.signing, new Date())]
      return JSON.stringify({ invitation: code, party: told, proofs, ...changes })
    }
    return { code, party, offer }
  }

  it('202 to a proved offer; then, and to every other fault of code or proof, one and the same 403: whoever guesses learns nothing', async () => {
    const { party, offer, code } = await invited('joining')
    const { offer: another } = await invited('joining-too', 'hospital')
    const bad = [
      offer(party, { invitation: 'A'.repeat(43) }),
      offer(party, { invitation: '' }),
      offer(party, { proofs: [] }),
      offer(party, { proofs: ['a.b.c'] }),
      offer({ ...party, role: 'hospital' }),
      offer({ ...party, id: 'joining-too' }),
      another(party),
      offer(party, { proofs: (JSON.parse(another(party)) as { proofs: string[] }).proofs })
    ]
    const refused = await Promise.all(bad.map((body) => send('/registration', body)))
    expect(new Set(refused.map(({ status, text }) => `${status} ${text}`))).to.have.length(1)
    expect(refused[0]).to.deep.include({ status: 403 })
    expect(refused[0]?.text).to.include('registration-refused').and.not.include(code)
    const done = await send('/registration', offer())
    expect([done.status, JSON.parse(done.text)]).to.deep.equal([202, { ...JSON.parse(done.text), id: 'joining', state: 'waiting' }])
    expect(await send('/registration', offer()), 'replayed').to.deep.equal(refused[0])
  })

  it('mass assignment, malformed, deep, huge and doubled bodies are refused by name, whoever sends them, and nothing of them is repeated', async () => {
    const { offer, party } = await invited('hostile')
    const secret = generatePartyKeys('ec', 'hostile').signing
    const cases: readonly (readonly [status: number, body: string, headers?: Record<string, string>])[] = [
      [400, offer({ ...party, standing: 'active' } as Party)],
      [400, offer({ ...party, 'xss<script>': true } as never)],
      [400, offer({ ...party, endpoints: { fhir: 'https://169.254.169.254/' } })],
      [400, offer({ ...party, jwks: { keys: [secret as unknown as PublicJwk] } } as Party)],
      [400, offer(party, { confirmed: true })],
      [400, offer({ ...party, fhirBases: ['javascript:alert(1)'] })],
      [400, offer().replace('"role":"insurer"', '"role":"insurer","role":"hospital"')],
      [400, `{"invitation":${'['.repeat(2000)}${']'.repeat(2000)}}`],
      [400, '{"__proto__":{"admin":true},"invitation":"","party":{},"proofs":[]}'],
      [400, '[]'],
      [400, 'null'],
      [400, ''],
      [400, '{"invitation":'],
      [413, `{"invitation":"${'a'.repeat(80 * 1024)}"}`],
      [415, offer(), { 'content-type': 'text/plain' }],
      [415, offer(), { 'content-encoding': 'gzip' }]
    ]
    for (const [status, body, headers = {}] of cases) {
      const answer = await send('/registration', body, { headers })
      expect(answer.status, body.slice(0, 80)).to.equal(status)
      expect(answer.text).to.not.match(/xss|169\.254|javascript|standing|confirmed/)
    }
    expect((await send('/registration', offer())).status, 'the invitation is not used up').to.equal(202)
  })

  it('a party adds a key that proves itself and that its own key vouches for, sees it, retires the old one; without either, or with that of another gateway or party, 400', async () => {
    const headers = await as('demo-insurer', 'sallyport/keys')
    const next = generatePartyKeys('ec', 'next-insurer')
    const key = next.jwks.keys.find(({ use }) => use === 'sig')
    const about = thumbprintOf(key as never)
    const proof = (gatewayUrl: string, party: string): string =>
      signKeyProof({ gateway: gatewayUrl, party, about }, next.signing, new Date())
    const add = (body: object): Promise<{ status: number; text: string }> =>
      send('/parties/demo-insurer/keys', JSON.stringify(body), { headers })
    const vouched = (party: string, by = insurer.signing): string => signKeyProof({ gateway: gateway.url, party, about }, by, new Date())
    const good = { proof: proof(gateway.url, 'demo-insurer'), voucher: vouched('demo-insurer') }
    expect((await add({ key })).status).to.equal(400)
    for (const bad of [proof('https://gateway.example', 'demo-insurer'), proof(gateway.url, 'demo-hospital'), 'a.b.c', ''])
      expect(JSON.stringify(await add({ key, ...good, proof: bad })))
        .to.include('"status":400')
        .and.include('party-key-unproved')
    // a stolen token alone is not enough: the new key does not vouch for itself, nor does a proof stand for a voucher
    const thief = { ...next.signing, kid: 'demo-insurer-sig' }
    for (const bad of [
      vouched('demo-hospital'),
      vouched('demo-insurer', next.signing),
      vouched('demo-insurer', thief),
      good.proof,
      'a.b.c',
      ''
    ])
      expect(JSON.stringify(await add({ key, ...good, voucher: bad })), 'voucher')
        .to.include('"status":400')
        .and.include('party-key-unproved')
    expect((await add({ key, proof: good.proof })).status, 'none').to.equal(400)
    const added = await add({ key, ...good })
    expect([added.status, JSON.parse(added.text)]).to.deep.equal([
      201,
      { id: 'demo-insurer', kid: 'next-insurer-sig', thumbprint: about, state: 'active' }
    ])
    await live.look()
    const seen = JSON.parse((await send('/parties/demo-insurer', '', { method: 'GET', headers })).text) as { keys: { kid: string }[] }
    expect(seen.keys.map(({ kid }) => kid)).to.deep.equal(['demo-insurer-sig', 'demo-insurer-enc', 'next-insurer-sig'])
    expect((await send(`/parties/demo-insurer/keys/demo-insurer-sig`, '', { method: 'DELETE', headers })).status).to.equal(200)
    const last = await send(`/parties/demo-insurer/keys/${about}`, '', { method: 'DELETE', headers })
    expect([last.status, last.text.includes('party-key-needed')]).to.deep.equal([409, true])
  })

  it('one operator is not any party: a key that one adds answers 202 and signs nobody in until another confirms its thumbprint; each reading is an entry', async () => {
    const [first, second] = [await as('officer-operator', 'sallyport/keys'), await as('officer-other', 'sallyport/operate')]
    const own = await as('officer-operator', 'sallyport/operate')
    const mine = generatePartyKeys('ec', 'operators-own')
    const key = mine.jwks.keys.find(({ use }) => use === 'sig')
    const about = thumbprintOf(key as never)
    const proof = signKeyProof({ gateway: gateway.url, party: 'demo-hospital', about }, mine.signing, new Date())
    const added = await send('/parties/demo-hospital/keys', JSON.stringify({ key, proof }), { headers: first })
    expect([added.status, added.text.includes('"state":"waiting"')]).to.deep.equal([202, true])
    const kids = async (): Promise<(string | undefined)[]> => {
      await live.look()
      return (live.now().parties.get('demo-hospital')?.jwks?.keys ?? []).map(({ kid }) => kid)
    }
    const confirm = (body: object, headers: Record<string, string>): Promise<number> =>
      send('/parties/demo-hospital/confirmation', JSON.stringify(body), { headers }).then(({ status }) => status)
    expect(await confirm({ hash: about }, own), 'who began it').to.equal(403)
    for (const body of [{}, { hash: 1 }, { hash: about, state: 'active' }, { hash: about, officer: 'officer-operator' }])
      expect(await confirm(body, second), JSON.stringify(body)).to.equal(400)
    expect(await confirm({ hash: 'A'.repeat(43) }, second)).to.equal(404)
    expect(await kids()).to.not.include(key?.kid)
    const seen = JSON.parse((await send('/parties/demo-hospital', '', { method: 'GET', headers: first })).text) as { waiting: object[] }
    expect(seen.waiting.map((one) => ({ ...one, expires: '' }))).to.deep.equal([
      { what: 'key', hash: about, begunBy: 'officer-operator', expires: '' }
    ])
    expect(await confirm({ hash: about }, second)).to.equal(200)
    expect(await kids()).to.include(key?.kid)
    await send('/invitations', '', { method: 'GET', headers: own })
    await send('/parties', '', { method: 'GET', headers: first })
    const read = (await entriesIn(registry().url, 'register-read')).map((entry) => (entry as unknown as { what: string }).what)
    expect(read).to.include.members(['parties', 'invitations'])
  })

  it('names of keys are compared, never followed: traversal, injection and bytes of any kind name none', async () => {
    const headers = await as('demo-hospital', 'sallyport/keys')
    const answers = await Promise.all(
      ["'; DROP TABLE identity_key; --", '..', '%00', '*', '__proto__', 'a'.repeat(300), 'ключ', '\r\nx: y'].map((name) =>
        send(`/parties/demo-hospital/keys/${encodeURIComponent(name)}`, '', { method: 'DELETE', headers })
      )
    )
    for (const { status } of answers) expect(status).to.be.oneOf([400, 404])
  })

  it('an operator invites, suspends and resumes; a reason that is none, and members that nobody asked for, are refused', async () => {
    const headers = await as('officer-operator', 'sallyport/operate')
    const made = await send('/invitations', '{"id":"by-http","role":"hospital","days":3}', { headers })
    expect([made.status, (JSON.parse(made.text) as { code: string }).code.length]).to.deep.equal([201, 43])
    for (const body of [
      '{"id":"by-http","role":"officer","days":3}',
      '{"id":"By Http","role":"hospital","days":3}',
      '{"id":"x","role":"hospital","days":31}',
      '{"id":"x","role":"hospital","days":1,"confirmed":true}'
    ])
      expect((await send('/invitations', body, { headers })).status, body).to.equal(400)
    const listed = await send('/invitations', '', { method: 'GET', headers })
    expect(listed.text)
      .to.include('by-http')
      .and.not.include((JSON.parse(made.text) as { code: string }).code)
    const act = (what: string, body: string): Promise<number> =>
      send(`/parties/demo-hospital/${what}`, body, { headers }).then(({ status }) => status)
    expect(await act('suspension', '{"reason":"because"}')).to.equal(400)
    expect(await act('suspension', '{"reason":"unspecified","officer":"somebody"}')).to.equal(400)
    expect(await act('resumption', '{"reason":"unspecified"}')).to.equal(409)
    expect(await act('suspension', '{"reason":"unspecified"}')).to.equal(200)
    await live.look()
    expect(live.now().standings.get('demo-hospital')).to.equal('suspended')
    expect(await act('resumption', '{"reason":"unspecified"}')).to.equal(200)
    expect((await send('/parties/nobody/suspension', '{"reason":"unspecified"}', { headers })).status).to.equal(404)
    expect((await send('/invitations/by-http', '', { method: 'DELETE', headers })).status).to.equal(200)
  })
})
