/**
 * Agreements over HTTP, for officers who signed in at a real gateway: a version drafted, checked, compared, proposed and approved by signed words; stopped, resumed and
 * revoked; explained, exported and simulated. Whoever may not, and every word that is not the caller's own, of this state or well formed, is refused.
 */
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { before } from 'mocha'
import { contentHash, type Json } from '../../gateway/core/digest.ts'
import { powerOf } from '../../gateway/core/identity/powers.ts'
import type { Agreement, Approval } from '../../gateway/generated/policy.ts'
import { ROUTES, whoOf } from '../../gateway/http/routes.ts'
import { signApproval } from '../../gateway/seal/approval.ts'
import type { PartyKeys } from '../../gateway/seal/generate.ts'
import { type Entry, entriesIn } from '../support/entries.ts'
import { AT_ONCE, signingKey, tokenFor, until } from '../support/gateway.ts'
import { addOfficer, officer, query, useGateway } from '../support/house.ts'
import { condition, ndjson, patient } from '../support/records.ts'

const ID = 'demo-safe-harbor'
const AUTHOR = 'demo-author'
const PRIVACY = 'demo-privacy-officer'
const JSON_MEDIA = 'application/json'

interface Told {
  readonly status: number
  readonly code: string | null
  readonly body: Record<string, unknown>
  readonly text: string
}

describe('agreements over HTTP, for officers', function () {
  this.timeout(120_000)
  const window = { dateWindow: { from: '2000-01-01', to: null } }
  const house = useGateway({ [ID]: { ...AT_ONCE, ...window }, 'demo-transport-only': null }, {}, (site) =>
    addOfficer(site, 'demo-teller', ['compliance-reviewer'])
  )
  const tokens = new Map<string, string>()
  before(async () => {
    for (const who of [AUTHOR, PRIVACY, 'demo-insurer', 'demo-hospital']) tokens.set(who, await signedIn(who, 'sallyport/agreements'))
    tokens.set('demo-teller', await signedIn('demo-teller', 'sallyport/accountings'))
  })

  function signedIn(who: string, scope: string): Promise<string> {
    const { site, gateway } = house()
    const own = site.parties.get(who)
    const keys = own ?? ({ signing: JSON.parse(readFileSync(signingKey(site, who), 'utf8')) } as PartyKeys) // of whom only this is used here
    return tokenFor(gateway.url, { ...site, parties: new Map([...site.parties, [who, keys]]) }, who, scope)
  }

  async function ask(who: string | null, method: 'GET' | 'POST', path: string, body?: unknown, type = JSON_MEDIA): Promise<Told> {
    const sent = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
    const response = await fetch(`${house().gateway.url}${path}`, {
      method,
      headers: { ...(who === null ? {} : { authorization: `Bearer ${tokens.get(who)}` }), 'content-type': type },
      ...(sent === undefined ? {} : { body: sent as string })
    })
    const text = await response.text()
    const said = JSON.parse(text) as Record<string, unknown> & { issue?: { details?: { coding?: { code?: string }[] } }[] }
    return { status: response.status, code: said.issue?.[0]?.details?.coding?.[0]?.code ?? null, body: said, text }
  }
  const outcome = ({ status, code, body }: Told): string => `${status} ${code ?? String(body['state'] ?? 'done')}`

  /** What stands in the folder, in its second version and with these members. */
  function text(members: Partial<Agreement> = {}): Agreement {
    const read = readFileSync(`${house().site.env['SALLYPORT_POLICIES_DIR']}/agreements/${ID}/agreement.json`, 'utf8')
    const model = JSON.parse(read) as Agreement
    const attested = model.noActualKnowledge === null ? null : { ...model.noActualKnowledge, version: 2 }
    return { ...model, version: 2, noActualKnowledge: attested, ...members }
  }
  function word(agreement: Agreement, who: string, said: Pick<Approval, 'as' | 'decision'> & Partial<Approval>): string {
    const spoken = { v: 1, agreement: agreement.id, version: agreement.version, hash: contentHash(agreement as unknown as Json) } as const
    const signed = { ...spoken, officer: who, at: new Date().toISOString(), ...said }
    return signApproval(signed, JSON.parse(readFileSync(signingKey(house().site, who), 'utf8')))
  }
  const entries = (kind: string): Promise<Entry[]> => entriesIn(house().database, kind)

  it('nobody without a token, no party and no officer whose file says otherwise gets at any of it', async () => {
    const own = ROUTES.filter((row) => whoOf(row) === 'officer' && row.power !== null && powerOf(row.power).scope === 'agreements')
    expect(own.length).to.equal(11)
    for (const { method, path } of own) {
      if (method !== 'GET' && method !== 'POST') continue
      const at = path.replace(':id', ID)
      const body = method === 'GET' ? undefined : '{}'
      expect(outcome(await ask(null, method, at, body)), at).to.equal('401 token-missing')
      for (const who of ['demo-insurer', 'demo-hospital', 'demo-teller'])
        expect(outcome(await ask(who, method, at, body)), `${who} ${at}`).to.equal('403 scope-missing')
    }
    expect((await officer(house().site, ['agreement', 'history', ID])).code).to.equal(0)
    for (const [who, path, body] of [
      [AUTHOR, 'resumption', { word: 'a.b.c', reason: 'a test' }],
      [AUTHOR, 'revocation', { word: 'a.b.c', reason: 'a test' }],
      [AUTHOR, 'suspension', { officer: AUTHOR, reason: 'a test' }],
      [PRIVACY, 'proposals', { agreement: text(), word: 'a.b.c' }]
    ] as const)
      expect(outcome(await ask(who, 'POST', `/agreements/${ID}/${path}`, body)), path).to.equal('403 scope-missing')
    expect(outcome(await ask(AUTHOR, 'POST', `/agreements/${ID}/simulation`, '{}', 'application/fhir+ndjson'))).to.equal(
      '403 scope-missing'
    )
  })

  it('a text is drafted, checked and compared, and nothing of it is kept', async () => {
    const asked = { source: 'demo-hospital', recipient: 'demo-insurer', purposeOfUse: 'HOUTCOMS', mode: 'safe-harbor' }
    const drafted = await ask(AUTHOR, 'POST', '/agreements/fresh/draft', asked)
    const { agreement, left } = drafted.body as { agreement: Agreement; left: { path: string }[] }
    expect([drafted.status, agreement.id, left[0]?.path]).to.deep.equal([200, 'fresh', '/noActualKnowledge'])
    const faulty = await ask(AUTHOR, 'POST', '/agreements/fresh/check', agreement)
    expect(faulty.body).to.include({ valid: false, withinItsDays: 'yes' })
    expect(faulty.text).to.contain('/noActualKnowledge')
    expect((await ask(PRIVACY, 'POST', `/agreements/${ID}/check`, text())).body).to.deep.include({ valid: true, faults: [] })
    expect((await ask(AUTHOR, 'POST', '/agreements/other/check', text())).text).to.contain('must be the id in the address')
    const wider = text({ dateWindow: { from: '1990-01-01', to: null } })
    const compared = await ask(PRIVACY, 'POST', `/agreements/${ID}/diff`, wider)
    expect(compared.body).to.deep.include({ direction: 'widens', old: { ...(compared.body['old'] as object), version: 1 } })
    for (const [rule, told] of [
      ['no such agreement here', await ask(AUTHOR, 'POST', '/agreements/fresh/diff', { ...text({ id: 'fresh', version: 1 }) })],
      ['a mode that is none', await ask(AUTHOR, 'POST', '/agreements/fresh/draft', { ...asked, mode: 'open' })],
      ['a party that is none', await ask(AUTHOR, 'POST', '/agreements/fresh/draft', { ...asked, recipient: 'nobody' })],
      ['a member more', await ask(AUTHOR, 'POST', '/agreements/fresh/draft', { ...asked, more: 'x' })],
      ['a text that is too large', await ask(AUTHOR, 'POST', `/agreements/${ID}/check`, `{"x":"${'y'.repeat(300_000)}"}`)],
      ['another body type', await ask(AUTHOR, 'POST', `/agreements/${ID}/check`, 'x', 'text/plain')],
      ['no body', await ask(AUTHOR, 'POST', `/agreements/${ID}/check`, ' ')]
    ] as const)
      expect(told.status, rule).to.be.within(400, 422)
    for (const bad of ['{', '[]', 'null', '{"id":"a","id":"b"}', `${'['.repeat(5000)}${']'.repeat(5000)}`, '{"a":1}'])
      expect((await ask(AUTHOR, 'POST', `/agreements/${ID}/check`, bad)).body, bad.slice(0, 20)).to.include({ valid: false, hash: null })
    expect((await query(house().database, 'SELECT hash FROM agreement_version')).length).to.equal(1)
  })

  it('a version is proposed and approved by words of those who signed in, and by nobody else', async () => {
    const next = text({ dateWindow: { from: '1995-01-01', to: null } })
    const propose = (agreement: unknown, jws: string): Promise<Told> =>
      ask(AUTHOR, 'POST', `/agreements/${ID}/proposals`, { agreement, word: jws })
    const own = word(next, AUTHOR, { as: 'proposer', decision: 'propose' })
    expect(outcome(await propose({ ...next, k: 'many' }, own)), 'no agreement').to.equal('422 agreement-invalid')
    expect(outcome(await propose({ ...next, recipient: 'nobody' }, own)), 'faults').to.equal('422 agreement-invalid')
    expect(outcome(await propose(next, 'a.b.c')), 'no word').to.equal('403 approval-invalid')
    const others = word(next, PRIVACY, { as: 'proposer', decision: 'propose' })
    expect(outcome(await propose(next, others)), "another's word").to.equal('403 not-an-approver')
    const another = word(text(), AUTHOR, { as: 'proposer', decision: 'propose' })
    expect(outcome(await propose(next, another)), 'of another text').to.equal('409 approval-of-another')
    expect(outcome(await propose(next, own))).to.equal('200 proposed')
    expect(outcome(await propose(next, own)), 'replayed').to.equal('409 out-of-state')

    const approve = (who: string, jws: string): Promise<Told> => ask(who, 'POST', `/agreements/${ID}/approvals`, jws, 'application/jose')
    const officers = word(next, PRIVACY, { as: 'privacy-officer', decision: 'approve' })
    expect(outcome(await approve(AUTHOR, officers)), 'the proposer').to.equal('403 scope-missing')
    for (const [party, as] of [
      ['demo-hospital', 'source'],
      ['demo-insurer', 'recipient']
    ] as const) {
      const theirs = word(next, party, { as, decision: 'approve', officer: `Test Officer of ${party}` })
      expect(outcome(await approve(PRIVACY, theirs)), 'the word of a side').to.equal('403 not-an-approver')
      expect(outcome(await approve(party, theirs))).to.equal('200 proposed')
    }
    expect(outcome(await approve(PRIVACY, officers))).to.equal('200 active')
    expect(outcome(await approve(PRIVACY, officers)), 'replayed').to.equal('409 approval-replayed')
    const { body } = await ask(AUTHOR, 'GET', `/agreements/${ID}`)
    expect((body['versions'] as { state: string }[]).map(({ state }) => state)).to.deep.equal(['superseded', 'active'])
  })

  it('stopped by the officer who signed in; resumed and revoked by his or her signed word, once, and of this suspension', async () => {
    const now = text({ dateWindow: { from: '1995-01-01', to: null } })
    const act = (what: string, jws: string, reason = 'a test'): Promise<Told> =>
      ask(PRIVACY, 'POST', `/agreements/${ID}/${what}`, { word: jws, reason })
    const stop = (name: string): Promise<Told> =>
      ask(PRIVACY, 'POST', `/agreements/${ID}/suspension`, { officer: name, reason: 'incident 7' })
    const early = word(now, PRIVACY, { as: 'privacy-officer', decision: 'resume' })
    expect(outcome(await stop('somebody else'))).to.equal('403 not-an-approver')
    expect(outcome(await stop(PRIVACY))).to.equal('200 suspended')
    for (const [rule, jws, expected] of [
      ['signed before it was suspended', early, '403 approval-clock'],
      ['an approval', word(now, PRIVACY, { as: 'privacy-officer', decision: 'approve' }), '409 approval-of-another'],
      ['a revocation', word(now, PRIVACY, { as: 'privacy-officer', decision: 'revoke' }), '409 approval-of-another'],
      ['of another text', word(text(), PRIVACY, { as: 'privacy-officer', decision: 'resume' }), '409 approval-of-another'],
      ["the proposer's", word(now, AUTHOR, { as: 'privacy-officer', decision: 'resume' }), '403 not-an-approver'],
      ['as a side', word(now, PRIVACY, { as: 'source', decision: 'resume' }), '403 approval-invalid'],
      ['signed by another', word(now, AUTHOR, { as: 'privacy-officer', decision: 'resume', officer: PRIVACY }), '403 approval-invalid'],
      ['mangled', `${early}x`, '403 approval-invalid'],
      ['none', 'x', '403 approval-invalid']
    ] as const)
      expect(outcome(await act('resumption', jws)), rule).to.equal(expected)
    const resume = word(now, PRIVACY, { as: 'privacy-officer', decision: 'resume' })
    expect(outcome(await act('resumption', resume, 'two\nlines'))).to.equal('400 bad-request')
    expect(outcome(await act('resumption', resume))).to.equal('200 active')
    expect(outcome(await act('resumption', resume)), 'replayed').to.equal('409 out-of-state')
    expect(outcome(await stop(PRIVACY))).to.equal('200 suspended')
    expect(outcome(await act('resumption', resume)), 'replayed after the next suspension').to.equal('403 approval-clock')
    const told = (await entries('agreement-reason')).filter(({ act: what }) => what === 'resume')
    expect(told.map(({ officer: who, account, jws }) => [who, account, jws])).to.deep.equal([
      ['Demo Privacy Officer (demo-privacy-officer)', PRIVACY, resume]
    ])
    expect(outcome(await act('resumption', word(now, PRIVACY, { as: 'privacy-officer', decision: 'resume' })))).to.equal('200 active')
  })

  it('explained, with its history and as FHIR; each look is an entry of the officer', async () => {
    const { sections, version } = (await ask(AUTHOR, 'GET', `/agreements/${ID}/explanation`)).body as {
      sections: { sentences: string[] }[]
      version: number
    }
    expect([version, sections.length > 5]).to.deep.equal([2, true])
    expect((await ask(AUTHOR, 'GET', `/agreements/${ID}/explanation?version=1`)).body).to.include({ version: 1, state: 'superseded' })
    expect((await ask(PRIVACY, 'GET', `/agreements/${ID}/export?as=consent`)).body).to.include({ resourceType: 'Consent' })
    expect((await ask(PRIVACY, 'GET', `/agreements/${ID}/export?as=contract`)).body).to.include({ resourceType: 'Contract' })
    const { entries: life } = (await ask(PRIVACY, 'GET', `/agreements/${ID}/history`)).body as { entries: { kind: string }[] }
    expect(life.map(({ kind }) => kind)).to.include.members(['agreement-proposed', 'agreement-activated', 'agreement-resumed'])
    expect((await ask(AUTHOR, 'GET', '/quality?last=3')).body).to.deep.equal({ submissions: [] })
    for (const [path, expected] of [
      [`/agreements/${ID}/explanation?version=0`, '400 bad-request'],
      [`/agreements/${ID}/explanation?version=9`, '404 agreement-unknown'],
      [`/agreements/${ID}/explanation?v=1`, '400 unsupported-parameter'],
      [`/agreements/${ID}/export`, '400 bad-request'],
      ['/agreements/nobody/export?as=consent', '404 agreement-unknown'],
      ['/agreements/nobody/history', '404 agreement-unknown'],
      ['/quality?last=1001', '400 bad-request']
    ] as const)
      expect(outcome(await ask(PRIVACY, 'GET', path)), path).to.equal(expected)
    const read = (await entries('register-read')).map(({ account, what }) => `${account} ${what}`)
    expect(read).to.include.members([`${AUTHOR} agreements`, `${PRIVACY} agreements`, `${AUTHOR} quality`])
  })

  it('records that the officer presents are simulated, bounded and not kept; the look is an entry', async () => {
    const path = `/agreements/${ID}/simulation`
    const ndjsonMedia = 'application/fhir+ndjson'
    const records = ndjson([{ ...patient('in'), name: [{ family: 'Inventedname' }] }, condition('a', 'in')] as Parameters<typeof ndjson>[0])
    for (const [body, type] of [
      [records, ndjsonMedia],
      [gzipSync(records), 'application/gzip']
    ] as const) {
      const seen = await ask(PRIVACY, 'POST', path, body, type)
      const { inForce, looked, rejected } = seen.body as {
        inForce: string
        looked: { type: string; code: string | null }[]
        rejected: object
      }
      expect([seen.status, inForce, rejected]).to.deep.equal([200, 'yes', {}])
      expect(looked.map(({ type: of, code }) => `${of} ${code}`).sort()).to.deep.equal(['Condition null', 'Patient null'])
      expect(seen.text).not.to.contain('Inventedname')
    }
    const bad = await ask(PRIVACY, 'POST', path, '{"resourceType":"Nothing"}\nnot json\n', ndjsonMedia)
    expect(bad.body['rejected']).to.deep.equal({ 'unknown-resource-type': 1, 'not-json': 1 })
    const line = `${JSON.stringify({ ...patient('x'), text: { status: 'generated', div: 'y'.repeat(1000) } })}\n`
    expect(outcome(await ask(PRIVACY, 'POST', path, line.repeat(9000), ndjsonMedia))).to.equal('413 too-large')
    expect(outcome(await ask(PRIVACY, 'POST', path, gzipSync(line.repeat(9000)), 'application/gzip')), 'packed').to.equal('413 too-large')
    expect(outcome(await ask(PRIVACY, 'POST', path, records, 'text/plain'))).to.equal('415 unsupported-media-type')
    expect(outcome(await ask(PRIVACY, 'POST', '/agreements/nobody/simulation', records, ndjsonMedia))).to.equal('404 agreement-unknown')
    const told = await entries('agreement-simulated')
    expect(told.map(({ account, records: n, shown }) => [account, n, shown])).to.deep.equal([
      [PRIVACY, 2, 2],
      [PRIVACY, 2, 2],
      [PRIVACY, 0, 0]
    ])
    expect(await query(house().database, 'SELECT id FROM submission')).to.deep.equal([])
    const lines = await until(async () => house().gateway.log(), 1)
    expect(lines).not.to.contain('Inventedname')
  })

  it('revoked by a signed word, for good', async () => {
    const now = text({ dateWindow: { from: '1995-01-01', to: null } })
    const revoke = word(now, PRIVACY, { as: 'privacy-officer', decision: 'revoke' })
    const body = { word: revoke, reason: 'a test' }
    expect(outcome(await ask(PRIVACY, 'POST', `/agreements/${ID}/revocation`, body))).to.equal('200 revoked')
    expect(outcome(await ask(PRIVACY, 'POST', `/agreements/${ID}/revocation`, body)), 'replayed').to.equal('409 out-of-state')
    expect(outcome(await ask(PRIVACY, 'POST', '/agreements/Not_an_id/revocation', body))).to.equal('404 agreement-unknown')
  })
})
