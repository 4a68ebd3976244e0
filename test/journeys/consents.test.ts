/**
 * What patients say no to, at a real gateway: by recipient, purpose, category, provider, by what they paid for themselves, by FHIR Consents that come with their
 * records or as a list; and a patient who is forgotten. One line that cannot be read never stops the others.
 */
import { expect } from 'chai'
import { AT_ONCE, until } from '../support/gateway.ts'
import { faultsOf, officer, query, useGateway } from '../support/house.ts'
import { type Disclosure, Party } from '../support/journey.ts'
import { condition, ndjson, patient, ward } from '../support/records.ts'

type Line = Readonly<Record<string, unknown>>

interface Loaded {
  readonly changed: number
  readonly withdrawn: number
  readonly refused: number
  readonly faults: readonly object[]
}

const V3 = 'http://terminology.hl7.org/CodeSystem/'

function consent(id: string, of: string, provision: object, members: object = {}): Line {
  return {
    resourceType: 'Consent',
    id,
    status: 'active',
    scope: { coding: [{ system: `${V3}consentscope`, code: 'patient-privacy' }] },
    category: [{ coding: [{ system: `${V3}v3-ActCode`, code: 'INFAO' }] }],
    patient: { reference: of },
    policyRule: { coding: [{ system: `${V3}v3-ActCode`, code: 'OPTIN' }] },
    provision,
    ...members
  }
}

function encounter(id: string, of: string): Line {
  const coding = { system: `${V3}v3-ActCode`, code: 'AMB' }
  return {
    resourceType: 'Encounter',
    id,
    status: 'finished',
    class: coding,
    subject: { reference: `Patient/${of}` },
    period: { start: '2021-05-06' }
  }
}

describe('what patients say no to', function () {
  this.timeout(90_000)
  const house = useGateway({ 'demo-safe-harbor': { ...AT_ONCE, k: 3 }, 'demo-transport-only': null })

  function hospital(): Party {
    const { site, gateway } = house()
    return new Party(gateway, site, 'demo-hospital')
  }

  async function released(lines: readonly Line[], states?: readonly string[]): Promise<Disclosure | undefined> {
    const party = hospital()
    const id = await party.send({ 'data.ndjson': ndjson(lines as Parameters<typeof ndjson>[0]) })
    return (await party.ended(id, states)).agreements[0]
  }

  async function load(lines: readonly (Line | string)[], change = 'opt-out'): Promise<Loaded> {
    const body = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n')
    const answer = await hospital().ask('POST', `/consents?change=${change}`, body, { 'content-type': 'application/fhir+ndjson' })
    expect(answer.status, answer.text).to.equal(200)
    return JSON.parse(answer.text) as Loaded
  }

  it('by recipient and purpose: only what matches both is kept back; each dimension alone that does not match changes nothing', async () => {
    const done = await load([
      { patient: 'scope0', recipient: 'demo-research' },
      { patient: 'scope1', purpose: 'HMARKT' },
      { patient: 'scope2', recipient: 'demo-insurer', purpose: 'HMARKT' },
      { patient: 'scope3', recipient: 'demo-insurer' }
    ])
    expect(done).to.deep.include({ changed: 4, faults: [] })
    const disclosure = await released(ward('scope', 8))
    expect([disclosure?.released, disclosure?.withheld]).to.deep.equal([14, { 'opted-out': 2 }])
  })

  it('by category: the records of it stay back, by their codes; the others leave', async () => {
    const hiv = { ...condition('cat0-hiv', 'cat0'), code: { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'B20' }] } }
    await load([{ patient: 'cat0', category: 'hiv' }])
    const disclosure = await released([...ward('cat', 6), hiv])
    expect([disclosure?.received, disclosure?.released, disclosure?.withheld]).to.deep.equal([13, 12, { 'opted-out': 1 }])
  })

  it('by provider: what it did, and what happened in its encounters', async () => {
    const seen = { ...encounter('prov0-e', 'prov0'), participant: [{ individual: { reference: 'Practitioner/p7' } }] }
    const during = { ...condition('prov0-k', 'prov0'), encounter: { reference: 'Encounter/prov0-e' } }
    await load([{ patient: 'prov0', provider: 'Practitioner/p7' }])
    const disclosure = await released([...ward('prov', 6), seen, during])
    expect(disclosure?.withheld).to.deep.equal({ 'opted-out': 2 })
  })

  it('by provider: in a role too, where the role came with the records; of a role that is not known nothing leaves', async () => {
    const by = (id: string, role: string): Line => ({ ...condition(id, 'role0'), asserter: { reference: `PractitionerRole/${role}` } })
    const role = (id: string, whose: string): Line => ({ resourceType: 'PractitionerRole', id, practitioner: { reference: whose } })
    await load([{ patient: 'role0', provider: 'Practitioner/p7' }])
    const roles = [role('r7', 'Practitioner/p7'), role('r8', 'Practitioner/p8')]
    const disclosure = await released([...roles, ...ward('role', 6), by('role0-7', 'r7'), by('role0-8', 'r8'), by('role0-9', 'r9')])
    expect(disclosure?.withheld['opted-out'], 'by r7, and by r9, who may be anybody').to.equal(2)
  })

  it('45 CFR 164.522(a)(1)(vi): an encounter paid out of pocket, what refers to it and what that refers to stays back from that plan', async () => {
    const visit = { ...encounter('self0-e', 'self0'), diagnosis: [{ condition: { reference: 'Condition/self0-d' } }] }
    const found = condition('self0-d', 'self0')
    const during = { ...condition('self0-k', 'self0'), encounter: { reference: 'Encounter/self0-e' } }
    await load([{ patient: 'self0', recipient: 'demo-insurer', selfPay: ['Encounter/self0-e'] }])
    await load([{ patient: 'self1', recipient: 'demo-research', selfPay: ['Encounter/self1-e'] }])
    const disclosure = await released([...ward('self', 6), visit, during, found, encounter('self1-e', 'self1')])
    expect(disclosure?.withheld).to.deep.equal({ 'opted-out': 3 })
  })

  it('a Consent among the records is in force when its upload is taken, on what comes with it and on what comes later', async () => {
    const deny = consent('with0-c', 'Patient/with0', { type: 'deny', purpose: [{ system: `${V3}v3-ActReason`, code: 'PurposeOfUse' }] })
    const first = await released([...ward('with', 6), deny])
    expect([first?.released, first?.withheld]).to.deep.equal([10, { 'opted-out': 3 }])
    const second = await released(ward('with', 6))
    expect([second?.released, second?.withheld]).to.deep.equal([10, { 'opted-out': 2 }])
    // its next version takes its place: what is not active counts not
    await load([{ ...deny, status: 'inactive' }])
    expect((await released(ward('with', 6)))?.withheld).to.deep.equal({})
  })

  it("a Consent in a Bundle holds under every name its records give the patient, not only under the Bundle's own", async () => {
    const name = 'urn:uuid:cccccccc-0000-4000-8000-000000000001'
    const admission = {
      resourceType: 'Bundle',
      type: 'collection',
      entry: [{ fullUrl: name, resource: patient('urn0') }, { resource: consent('urn0-c', name, { type: 'deny' }) }]
    }
    await released([...ward('other', 4), admission])
    const later = await released(ward('urn', 6))
    expect([later?.released, later?.withheld]).to.deep.equal([10, { 'opted-out': 2 }])
  })

  it('a Consent that cannot be understood denies; a broken line is told by its number and the others are in force', async () => {
    const lines = [
      consent('odd-c', 'Patient/odd0', { type: 'permit', unless: 'it rains' }),
      '{"patient":',
      { patient: 'odd1', category: 'flu' },
      { resourceType: 'Consent', status: 'active' },
      'odd2'
    ]
    const done = await load(lines)
    expect(done.changed).to.equal(2)
    expect(done.faults).to.deep.equal([
      { line: 2, code: 'not-json' },
      { line: 3, code: 'bad-request' },
      { line: 4, code: 'no-subject' }
    ])
    expect((await released(ward('odd', 7)))?.withheld).to.deep.equal({ 'opted-out': 4 })
  })

  it('at the door: no body, another medium, an unknown word and an insurer are refused', async () => {
    const { site, gateway } = house()
    const type = { 'content-type': 'application/fhir+ndjson' }
    const ask = (path: string, body: string, headers: Readonly<Record<string, string>> = type): Promise<{ status: number }> =>
      hospital().ask('POST', path, body, headers)
    expect((await ask('/consents', ' \n')).status).to.equal(400)
    expect((await ask('/consents', '1', { 'content-type': 'text/html' })).status).to.equal(415)
    expect((await ask('/consents?change=delete', '1')).status).to.equal(400)
    expect((await ask('/consents?party=other', '1')).status).to.equal(400)
    expect((await new Party(gateway, site, 'demo-insurer').ask('POST', '/consents', '1', type)).status).to.equal(403)
  })

  it('at the door: a patient named by a query, by characters that cannot be printed, or twice in a line is a fault, and nothing changes', async () => {
    const named = (patientId: string): Line => ({ patient: patientId })
    const done = await load([
      named('Patient?identifier=urn:mrn|4711'),
      named('Patient?\u001b]0;x\u0007'),
      named('https://other.example/\u009b2J/Patient/1'),
      named('https://other.example/\u202e/Patient/1'),
      '{"patient":"1","patient":"2"}',
      consent('query-c', 'Patient?identifier=urn:mrn|4711', { type: 'deny' }),
      consent('mark-c', 'https://other.example/\u0085/Patient/1', { type: 'deny' })
    ])
    const codes = ['bad-request', 'bad-request', 'bad-request', 'bad-request', 'duplicate-key', 'no-subject', 'no-subject']
    expect(done).to.deep.include({ changed: 0, refused: 7, faults: codes.map((code, n) => ({ line: n + 1, code })) })
    const ran = await officer(house().site, [
      'consent',
      'opt-out',
      '--party',
      'demo-hospital',
      '--patient',
      'Patient?identifier=urn:mrn|4711'
    ])
    expect([ran.code === 0, ran.err.trim()]).to.deep.equal([false, 'line 1: bad-request'])
  })

  it('at the door: 100,000 lines at most, of which the first hundred faults are told', async () => {
    const type = { 'content-type': 'application/fhir+ndjson' }
    expect((await hospital().ask('POST', '/consents', '!\n'.repeat(100_001), type)).status).to.equal(413)
    const done = await load(['!\n'.repeat(100_000).trimEnd()])
    expect(done).to.include({ changed: 0, refused: 100_000 })
    expect(done.faults).to.have.length(100)
  })

  it('a rule about some records that comes after they were cut keeps the patient back whole, and its dataset is cut again', async () => {
    const party = hospital()
    const id = await party.send({ 'data.ndjson': ndjson(ward('late', 6)) })
    await party.ended(id)
    expect(await load([{ patient: 'late0', category: 'hiv' }])).to.include({ changed: 1, withdrawn: 1 })
    const [, again] = (await party.ended(id, ['ready', 'withdrawn'])).agreements
    expect([again?.released, again?.withheld]).to.deep.equal([10, { 'opted-out': 2 }])
  })

  it('forgotten: opted out first, unlinked last; the tombstone denies, names nobody and cannot be taken back; a second time nothing is left to do', async () => {
    const { site, database } = house()
    await released(ward('gone', 5))
    const word = ['--officer', 'Test Privacy Office', '--reason', 'a test', '--json']
    const ask = ['subject', 'forget', '--party', 'demo-hospital', '--patient', 'gone0', ...word]
    const rows = async (): Promise<number> => (await query(database, 'SELECT 1 FROM crosswalk')).length
    const before = await rows()
    const first = await officer(site, ask)
    expect(first.code, first.err).to.equal(0)
    expect(JSON.parse(first.out)).to.include({ state: 'done', withdrawn: 1, unlinked: 1 })
    expect(before - (await rows())).to.equal(1)
    expect(JSON.parse((await officer(site, ask)).out)).to.deep.equal({ state: 'done', withdrawn: 0, unlinked: 0 })
    expect(await load(['gone0'], 'opt-in')).to.include({ changed: 0 })
    expect((await released(ward('gone', 5)))?.withheld).to.deep.equal({ 'opted-out': 2 })
    const listed = await officer(site, ['consent', 'list', '--party', 'demo-hospital', '--json'])
    expect(listed.out).not.to.contain('gone0')
    const entries = await until(async () => {
      const found = await query<{ statement: string }>(database, "SELECT statement FROM logged WHERE kind = 'subject-forgotten'")
      return found.length > 0 ? found : null
    })
    expect(entries.length).to.equal(1)
    expect(entries[0]?.statement).not.to.contain('gone0')
    const accounting = await officer(site, ['accounting', '--source', 'demo-hospital', '--patient', 'gone0', '--all', ...word.slice(0, 4)])
    expect(accounting.code, accounting.err).to.equal(0)
    expect(await faultsOf(database)).to.deep.equal([])
  })
})
