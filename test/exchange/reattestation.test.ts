/**
 * Agreements that must be attested anew, on a real database and by a clock the test moves: warned of once each, suspended on the day, in force again only after a privacy
 * officer's word and the act that resumes; each attack on that word by the code that refuses it.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { after, before } from 'mocha'
import type { Pool } from 'pg'
import { loadPolicies } from '../../gateway/config/policies.ts'
import type { FolderPolicies } from '../../gateway/core/agreement/policies.ts'
import { registryOf } from '../../gateway/core/identity/registry.ts'
import { actOn } from '../../gateway/exchange/agreement/agreement-acts.ts'
import { openAgreements } from '../../gateway/exchange/agreement/agreement-door.ts'
import { takeOver } from '../../gateway/exchange/agreement/agreement-folder.ts'
import type { AgreementRoom } from '../../gateway/exchange/agreement/agreement-words.ts'
import { speak, withTexts } from '../../gateway/exchange/agreement/agreements.ts'
import { termsNow, termsOfStanding } from '../../gateway/exchange/agreement/attested.ts'
import { keepAttested, reattest } from '../../gateway/exchange/agreement/reattestation.ts'
import type { Caller } from '../../gateway/exchange/doors.ts'
import { policiesNow } from '../../gateway/exchange/policy-live.ts'
import type { Approval } from '../../gateway/generated/policy.ts'
import { listVersions } from '../../gateway/store/agreements.ts'
import { openPool } from '../../gateway/store/pool.ts'
import { refusal } from '../support/agreements.ts'
import { entriesIn } from '../support/entries.ts'
import { makeSite, type Site, signingKey, wordOn } from '../support/gateway.ts'
import { asDraft, officer, query, writeAgreement } from '../support/house.ts'
import { CERTIFICATE, profileIn } from '../support/policies.ts'
import { useDatabase } from '../support/postgres.ts'
import { safeHarbor } from '../support/profile.ts'

const DAY = 86_400_000
const WORD = { as: 'privacy-officer', officer: 'Test Privacy Office', reason: 'a test' } as const
const ID = 'yearly'

describe('exchange/reattestation', function () {
  this.timeout(60_000)
  const database = useDatabase()
  const clock = { ahead: 0 }
  const told: string[] = []
  let site: Site
  let pool: Pool
  let folder: FolderPolicies
  before(async () => {
    site = makeSite(database(), { 'demo-transport-only': null })
    asDraft(site, 'demo-safe-harbor')
    writeAgreement(site, ID, { expires: '2099-01-01', reattestation: { every: 'P90D' } })
    pool = openPool(database().url, 4)
    folder = loadPolicies(join(site.folder, 'policies'))
    expect((await takeOver(room(), folder)).map(({ agreement }) => agreement)).to.not.include(ID)
  })
  after(async () => {
    await pool?.end()
    site?.remove()
  })

  const now = (): Date => new Date(Date.now() + clock.ahead)
  function room(): AgreementRoom {
    return { pool, policies: folder, registry: registryOf(folder), now, keysOf: async (party) => folder.parties.get(party)?.jwks ?? null }
  }
  /** Goes to so many days after the approval and does what is due; `warned` as after a restart. */
  async function on(days: number, warned = new Set<string>(), id = ID): Promise<number> {
    clock.ahead = days * DAY
    const versions = await withTexts(pool, await listVersions(pool, id))
    const terms = await termsNow(pool, versions, folder, new Map())
    const timed = versions.map((version) => ({ ...version, terms: terms.get(version.hash) ?? [] }))
    const observe = {
      agreementAttestationDue: ({ kind, days: ahead }: { kind: string; days: number }) => void told.push(`${kind} ${ahead}`)
    }
    return keepAttested({ pool, now, observe, policies: folder, warned }, timed)
  }
  const stateOf = async (): Promise<string | undefined> => (await policiesNow(pool, folder, now())).agreements.get(ID)?.state
  async function entries(kind: string): Promise<Readonly<Record<string, unknown>>[]> {
    return (await entriesIn(database().url)).filter((entry) => entry['agreement'] === ID && entry.kind === kind)
  }
  const anew = (changes: Partial<Approval> = {}): string =>
    wordOn(site, ID, 'privacy-officer', { decision: 'reattest', at: now().toISOString(), ...changes })

  it('warned of 60, 30 and 7 days before, each an entry and a line made once, whatever replica looks how often', async () => {
    const warned = new Set<string>()
    for (const days of [0, 29, 30, 31, 59, 60, 60, 82, 83, 89]) {
      await on(days, warned)
      await on(days)
    }
    expect(told).to.deep.equal(['agreement 60', 'agreement 30', 'agreement 7'])
    const due = new Date(Date.now() + 90 * DAY).toISOString().slice(0, 10)
    const found = await entries('agreement-attestation-due')
    expect(found.map(({ what, due: day, days, readers }) => [what, day, days, readers])).to.deep.equal(
      [60, 30, 7].map((days) => ['agreement', due, days, ['demo-hospital', 'demo-insurer']])
    )
    expect(await stateOf()).to.equal('active')
  })

  it('on the day it is not in force, even before it is suspended; then suspended by the gateway, once, with the reason', async () => {
    clock.ahead = 90 * DAY
    expect(await stateOf()).to.equal('suspended')
    expect((await listVersions(pool, ID))[0]?.state).to.equal('active')
    expect([await on(90), await on(90), await on(91)]).to.deep.equal([1, 0, 0])
    const [entry, ...others] = await entries('agreement-suspended')
    expect(others).to.deep.equal([])
    expect(entry).to.include({ as: 'gateway', officer: 'gateway', what: 'agreement' })
    expect(entry?.['reason']).to.match(/^It was not attested anew before \d{4}-\d\d-\d\d\.$/)
  })

  it('it is not resumed before it is attested anew', async () => {
    expect(await refusal(() => actOn(room(), ID, 'resume', WORD))).to.equal('attestation-due')
    expect(await stateOf()).to.equal('suspended')
  })

  it('only a privacy officer who did not propose it attests it, now, and this very text', async () => {
    const hash = `sha256:${'0'.repeat(64)}`
    for (const [rule, jws, code] of [
      ['the source', wordOn(site, ID, 'source', { decision: 'reattest', at: now().toISOString() }), 'not-an-approver'],
      ['the recipient', wordOn(site, ID, 'recipient', { decision: 'reattest', at: now().toISOString() }), 'not-an-approver'],
      ['the proposer', wordOn(site, ID, 'proposer', { decision: 'reattest', at: now().toISOString() }), 'not-an-approver'],
      ['the proposer as officer', anew({ officer: 'demo-author' }), 'not-an-approver'],
      ['an officer nobody knows', anew({ officer: 'nobody' }), 'not-an-approver'],
      ['an approval again', wordOn(site, ID, 'privacy-officer', { at: now().toISOString() }), 'not-an-approver'],
      ['a text that is another', anew({ hash }), 'approval-of-another'],
      ['a version there is none of', anew({ version: 99 }), 'agreement-unknown'],
      ['signed in advance', anew({ at: new Date(now().getTime() + 11 * 60_000).toISOString() }), 'approval-clock'],
      ['signed long ago', anew({ at: new Date(now().getTime() - 11 * 60_000).toISOString() }), 'approval-clock'],
      ['not a word at all', 'nonsense', 'approval-invalid'],
      ['a huge one', `a.${'b'.repeat(100_000)}.c`, 'approval-invalid']
    ] as const)
      expect([rule, await refusal(() => reattest(room(), jws))]).to.deep.equal([rule, code])
    expect(await refusal(() => speak(room(), anew())), 'as an approval').to.not.equal('done')
    expect(await entries('agreement-reattested')).to.deep.equal([])
  })

  it('attested anew it stays suspended until it is resumed, and then stands for as long again; a replayed word is refused', async () => {
    const jws = anew()
    expect((await reattest(room(), jws)).state).to.equal('suspended')
    expect(await refusal(() => reattest(room(), jws))).to.equal('approval-replayed')
    expect((await actOn(room(), ID, 'resume', WORD)).state).to.equal('active')
    expect([await on(91), await on(120), await on(180)]).to.deep.equal([0, 0, 0])
    expect(await stateOf()).to.equal('active')
    const [entry] = await entries('agreement-reattested')
    const profile = [...folder.profiles.values()].find(({ hash }) => hash === entry?.['profile'])
    expect(entry).to.include({ as: 'privacy-officer', officer: 'demo-privacy-officer' })
    expect(profile, 'the profile it attested').to.not.equal(undefined)
    const [term] = await termsOfStanding({ pool, policies: folder }, ID)
    expect(term).to.include({ what: 'agreement', due: new Date(Date.now() + 181 * DAY).toISOString().slice(0, 10), lapsed: 'suspended' })
    expect(await on(181)).to.equal(1)
  })

  it('a word that does not verify under its key counts for nothing', async () => {
    const forged = anew().replace(/.{10}$/, 'AAAAAAAAAA')
    await query(database().url, 'INSERT INTO agreement_attestation SELECT hash, officer, key, jwk, $1 FROM agreement_attestation LIMIT 1', [
      forged
    ])
    expect(await refusal(() => actOn(room(), ID, 'resume', WORD))).to.equal('attestation-due')
  })

  it('posted at the door of a side it counts the same, for its own agreements only', async () => {
    const door = openAgreements({ ...room(), policies: folder })
    const caller = (party: string): Caller => ({ party, role: 'insurer', scopes: [] })
    expect(await refusal(() => door.speak(caller('demo-research'), ID, anew()))).to.equal('agreement-unknown')
    expect(await refusal(() => door.speak(caller('demo-insurer'), ID, anew({ as: 'recipient' })))).to.not.equal('done')
    expect((await door.speak(caller('demo-insurer'), ID, anew())).state).to.equal('suspended')
    expect((await actOn(room(), ID, 'resume', WORD)).state).to.equal('active')
  })

  it('sallyport agreement reattest signs and counts; history says by when it is due next', async () => {
    const key = signingKey(site, 'demo-privacy-officer')
    const signing = ['--officer', 'demo-privacy-officer', '--key', key]
    const done = await officer(site, ['agreement', 'reattest', ID, ...signing])
    expect([done.code, done.out]).to.satisfy(([code, out]: [number, string]) => code === 0 && out.includes('is active'), done.err)
    const told = await officer(site, ['agreement', 'history', ID])
    expect(told.out).to.match(/agreement: attested anew before \d{4}-\d\d-\d\d, or it is suspended/)
    expect(told.out).to.match(/agreement-reattested/)
    expect((await officer(site, ['agreement', 'reattest', 'nothing', ...signing])).err).to.include('agreement-unknown')
  })

  it('the database refuses what no program may do: a word changed, taken back, or given for what has ended; a warning taken back', async () => {
    await actOn(room(), ID, 'revoke', WORD)
    for (const sql of [
      "UPDATE agreement_attestation SET officer = 'x'",
      'DELETE FROM agreement_attestation',
      'TRUNCATE agreement_attestation',
      "INSERT INTO agreement_attestation SELECT hash, officer, key, jwk, 'x' FROM agreement_attestation LIMIT 1",
      'DELETE FROM agreement_warning',
      'TRUNCATE agreement_warning'
    ]) {
      const outcome = await query(database().url, sql).then(
        () => 'done',
        (error: Error) => error.message
      )
      expect(outcome, sql).to.match(/append-only|only a version in force/)
    }
    expect(await refusal(() => reattest(room(), anew()))).to.equal('out-of-state')
  })

  it('an expert certificate not renewed in time suspends it too, after the same warnings; then a newer version stands once the old one is revoked', async () => {
    const id = 'certified'
    clock.ahead = 0
    told.length = 0
    certified(id, 1, 40)
    expect((await takeOver(room(), folder)).map(({ agreement }) => agreement)).to.not.include(id)
    const suspended: number[] = []
    for (const days of [0, 9, 10, 33, 39, 40]) suspended.push(await on(days, new Set(), id))
    expect(suspended).to.deep.equal([0, 0, 0, 0, 0, 1])
    expect(told).to.deep.equal(['certificate 60', 'certificate 30', 'certificate 7'])
    const at = now().toISOString()
    await reattest(room(), wordOn(site, id, 'privacy-officer', { decision: 'reattest', at }))
    expect(await refusal(() => actOn(room(), id, 'resume', WORD)), 'no word of ours is an expert').to.equal('attestation-due')
    await actOn(room(), id, 'revoke', WORD)
    clock.ahead += 1000
    certified(id, 2, 400)
    // signed by the clock of this test
    for (const as of ['proposer', 'source', 'recipient', 'privacy-officer'] as const)
      writeFileSync(
        join(site.folder, 'policies', 'agreements', id, 'approvals', `${as}.jws`),
        wordOn(site, id, as, { at: now().toISOString() })
      )
    folder = loadPolicies(join(site.folder, 'policies'))
    await takeOver(room(), folder)
    expect((await policiesNow(pool, folder, now())).agreements.get(id)?.state).to.equal('active')
  })

  /** Writes it with a certificate that ends in so many days, and reads the folder anew. */
  function certified(id: string, version: number, days: number): void {
    const place = join(site.folder, 'policies', 'profiles', 'test-expert')
    mkdirSync(place, { recursive: true })
    const [issued, expires] = [-100, days].map((ahead) => new Date(Date.now() + ahead * DAY).toISOString().slice(0, 10))
    const certificate = { ...CERTIFICATE, threshold: { k: 2, risk: 0.5 }, every: 'PT1S', issued, expires }
    const profile = { ...safeHarbor(), name: 'test-expert', version, mode: 'expert-determination', certificate }
    writeFileSync(join(place, 'profile.json'), JSON.stringify(profile))
    writeAgreement(site, id, {
      version,
      expires: '2099-01-01',
      reattestation: { every: 'P1Y' },
      mode: 'expert-determination',
      noActualKnowledge: null,
      profile: profileIn(join(site.folder, 'policies'), 'test-expert', version),
      k: 2,
      releaseWindow: { every: 'PT1S', attestation: null }
    })
    folder = loadPolicies(join(site.folder, 'policies'))
  }
})
