/**
 * Parties under two gateways on one database: one registers itself by an invitation, rotates its key while it sends, loses a key and is suspended. The times are
 * measured and printed.
 */

import type { JsonWebKey } from 'node:crypto'
import { readdirSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { generatePartyKeys } from '../../gateway/seal/generate.ts'
import { thumbprintOf } from '../../gateway/seal/keyring.ts'
import { signAssertion } from '../support/assertion.ts'
import { entriesIn } from '../support/entries.ts'
import { AT_ONCE, type Process, type Site, signingKey, startProcess, until } from '../support/gateway.ts'
import { addOfficer, addParty, officer, query, signedBy, useGateway } from '../support/house.ts'
import { exported, Party } from '../support/journey.ts'
import { type Pull, pull } from '../support/pull.ts'
import { ndjson, ward } from '../support/records.ts'

const ID = 'demo-safe-harbor'
const BY = ['--officer', 'first-operator'] as const
const BYTES = 1_500_000_000

const JSON_BODY = { body: '{"reason":"key-compromise"}', headers: { 'content-type': 'application/json' } }
/** What is of others, and what is nobody's. */
const OTHERS = ['demo-hospital', 'moving-insurer', 'first-operator', 'nobody-at-all', 'Not-An-Id', '__proto__'].flatMap((id) =>
  (
    [
      ['GET', ''],
      ['POST', '/keys'],
      ['DELETE', '/keys/demo-hospital-sig'],
      ['POST', '/keys/demo-hospital-sig/revocation']
    ] as const
  ).map(([method, path]) => [method, `/parties/${id}${path}`] as const)
)

async function tokenBy(url: string, party: string, key: JsonWebKey, scope = 'sallyport/keys'): Promise<string | null> {
  const form = {
    grant_type: 'client_credentials',
    scope,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await signAssertion(key, party, `${url}/oauth/token`)
  }
  const response = await fetch(`${url}/oauth/token`, { method: 'POST', body: new URLSearchParams(form) })
  return ((await response.json()) as { access_token?: string }).access_token ?? null
}

async function ask(url: string, path: string, token: string, init: RequestInit = {}): Promise<{ status: number; body: string }> {
  const response = await fetch(`${url}${path}`, { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } })
  return { status: response.status, body: await response.text() }
}

function furnished(site: Site): Site {
  const staffed = ['first-operator', 'second-operator'].reduce((sum, id) => addOfficer(sum, id, ['operator'], {}), site)
  const kept = addOfficer(staffed, 'keeper', ['insurer-admin'], { party: 'demo-insurer' })
  return addParty(addParty(kept, 'moving-insurer', 'insurer'), 'robbed-insurer', 'insurer')
}

/** Signs in, and asks some times with the token, over and over; below what a party may ask in a minute. */
async function asking(
  url: string,
  who: string,
  using: { readonly key: JsonWebKey; readonly done: boolean },
  counts: { asked: number; signedIn: number },
  lost: string[]
): Promise<void> {
  while (!using.done) {
    const token = await tokenBy(url, who, using.key)
    counts.signedIn += 1
    if (token === null) lost.push('sign-in')
    for (let n = 0; n < 20 && !using.done; n += 1) {
      const { status } = await ask(url, `/parties/${who}`, token ?? '')
      counts.asked += 1
      if (status !== 200) lost.push(String(status))
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

describe('parties under two gateways', function () {
  this.timeout(90_000)
  const house = useGateway({ [ID]: AT_ONCE, 'demo-transport-only': null }, { SALLYPORT_WORKERS: '1' }, furnished)
  let second: Process
  const gateways = (): readonly Process[] => [house().gateway, second]
  before(async () => {
    second = await startProcess(house().site)
  })
  after(() => second?.stop())

  async function party(...words: string[]): Promise<string> {
    const ran = await officer(house().site, ['party', ...words])
    expect([ran.code, words[0] === 'invite' ? '' : ran.err]).to.deep.equal([0, ''])
    return ran.out.trim()
  }
  function keyOf(who: string): JsonWebKey {
    const keys = house().site.parties.get(who)
    if (keys === undefined) throw new Error('there is no such party at this site')
    return keys.signing
  }
  function fileOf(name: string, key: unknown): string {
    const path = join(house().site.folder, name)
    writeFileSync(path, JSON.stringify(key))
    return path
  }
  async function tokens(who: string): Promise<string[]> {
    const given = await Promise.all(gateways().map(({ url }) => tokenBy(url, who, keyOf(who))))
    return given.map((token) => token ?? '')
  }
  /** Milliseconds from `start` until each gateway refuses the token that it gave. */
  function refusedAfter(who: string, given: readonly string[], start: number): Promise<number[]> {
    const dead = ({ url }: Process, n: number): Promise<number> =>
      until(async () => ((await ask(url, `/parties/${who}`, given[n] ?? '')).status === 401 ? Date.now() - start : null), 10)
    return Promise.all(gateways().map(dead))
  }

  it('invited at the desk, joined by its own command, confirmed by another officer: it signs in at both within a second, and not before', async () => {
    const { site, gateway, database } = house()
    const keys = generatePartyKeys('ec', 'new-insurer')
    const own = [fileOf('new-sig.jwk', keys.signing), fileOf('new-enc.jwk', keys.encryption)]
    const code = await party('invite', 'new-insurer', '--role', 'insurer', '--days', '1', ...signedBy(house().site, 'first-operator'))
    const words = [
      'party',
      'join',
      '--server',
      gateway.url,
      '--id',
      'new-insurer',
      '--role',
      'insurer',
      '--name',
      'Example Insurer',
      '--json'
    ]
    const file = `${site.folder}/code`
    const joinBy = (invitation: string): ReturnType<typeof officer> =>
      officer(site, [
        ...words,
        '--address',
        '5 Example Street, Sampletown',
        '--invitation',
        invitation,
        ...own.flatMap((key) => ['--key', key])
      ])
    const join = (invitation: string): ReturnType<typeof officer> => {
      writeFileSync(file, `${invitation}\n`, { mode: 0o600 })
      return joinBy(file)
    }
    const seen = await joinBy(code)
    expect([seen.code, seen.err.includes(code)], 'on a command line others can read it').to.deep.equal([1, false])
    const guessed = await join('A'.repeat(43))
    expect([guessed.code, guessed.err]).to.deep.equal([3, (await join('B'.repeat(43))).err])
    const joined = await join(code)
    expect([joined.code, joined.err]).to.deep.equal([0, ''])
    const { document } = JSON.parse(joined.out) as { document: string }
    expect((await join(code)).err, 'used').to.equal(guessed.err)
    expect(await tokenBy(gateway.url, 'new-insurer', keys.signing), 'it waits').to.equal(null)
    const self = await officer(site, [
      'party',
      'confirm',
      'new-insurer',
      '--document',
      document,
      ...signedBy(house().site, 'first-operator')
    ])
    expect([self.code, self.err]).to.satisfy(([exit, err]: [number, string]) => exit === 1 && err.includes('[self-approval]'))
    const claimed = await officer(site, ['party', 'confirm', 'new-insurer', '--document', document, '--officer', 'second-operator'])
    expect([claimed.code, claimed.err], 'an id is a claim').to.satisfy(
      ([exit, err]: [number, string]) => exit === 2 && err.includes('--key')
    )
    const borrowed = [...signedBy(site, 'first-operator'), '--officer', 'second-operator']
    const mixed = await officer(site, ['party', 'confirm', 'new-insurer', '--document', document, ...borrowed])
    expect(mixed.err, 'the key of another').to.include('[approval-invalid]')
    const word = await party('sign', 'confirm', 'new-insurer', '--about', document, ...signedBy(house().site, 'second-operator'))
    const spoken = `${site.folder}/word.jws`
    writeFileSync(spoken, word)
    await party('confirm', 'new-insurer', '--document', document, '--jws', spoken)
    const start = Date.now()
    const after = await Promise.all(
      gateways().map(({ url }) =>
        until(async () => ((await tokenBy(url, 'new-insurer', keys.signing)) === null ? null : Date.now() - start), 5)
      )
    )
    console.log(`      signed in after ${after.join(' and ')} ms`)
    for (const each of after) expect(each).to.be.below(2000)
    expect(JSON.parse(await party('show', 'new-insurer', '--json'))).to.nested.include({
      'party.name': 'Example Insurer',
      'standing': 'active'
    })
    const told =
      JSON.stringify(await entriesIn(database)) +
      gateways()
        .map((one) => one.log())
        .join('')
    expect(told).to.include('party-offered').and.not.include(code)
  })

  it('a key is rotated with overlap while the party asks all the time at both gateways: not one request is lost', async () => {
    const next = generatePartyKeys('ec', 'moving-next')
    const using = { key: keyOf('moving-insurer'), done: false }
    const lost: string[] = []
    const counts = { asked: 0, signedIn: 0 }
    const asked = [...gateways(), ...gateways()].map(({ url }) => asking(url, 'moving-insurer', using, counts, lost))
    const client = ['--server', house().gateway.url, '--party', 'moving-insurer']
    await party('keys', ...client, '--key', fileOf('moving-sig.jwk', using.key), '--add', fileOf('moving-next.jwk', next.signing))
    const old = using.key
    using.key = next.signing
    await new Promise((resolve) => setTimeout(resolve, 500))
    // of whoever held one of the old key still
    await party('keys', ...client, '--key', join(house().site.folder, 'moving-next.jwk'), '--retire', 'moving-insurer-sig')
    await new Promise((resolve) => setTimeout(resolve, 1500))
    using.done = true
    await Promise.all(asked)
    console.log(`      ${counts.asked} requests and ${counts.signedIn} sign-ins, ${lost.length} lost`)
    expect(lost).to.deep.equal([])
    expect(counts.asked).to.be.above(100)
    for (const { url } of gateways()) {
      expect(await tokenBy(url, 'moving-insurer', old), 'the old key').to.equal(null)
      expect(await tokenBy(url, 'moving-insurer', next.signing)).to.be.a('string')
    }
  })

  it('a compromised key dies on both gateways within a second or so, with the tokens that it gave; another key of the party signs in at once', async () => {
    const spare = generatePartyKeys('ec', 'robbed-spare')
    const file = fileOf(
      'spare.json',
      spare.jwks.keys.find(({ use }) => use === 'sig')
    )
    const waits = JSON.parse(
      await party('rotate', 'robbed-insurer', '--add', file, ...signedBy(house().site, 'first-operator'), '--json')
    ) as [{ readonly thumbprint: string; readonly state: string }]
    expect(waits[0].state).to.equal('waiting')
    expect(await tokenBy(house().gateway.url, 'robbed-insurer', spare.signing), 'it waits').to.equal(null)
    await party('confirm', 'robbed-insurer', '--change', waits[0].thumbprint, ...signedBy(house().site, 'second-operator'))
    const given = await tokens('robbed-insurer')
    for (const [n, { url }] of gateways().entries())
      expect((await ask(url, '/parties/robbed-insurer', given[n] ?? '')).status).to.equal(200)
    const print = thumbprintOf(house().site.parties.get('robbed-insurer')?.jwks.keys[0] as never)
    await party('revoke-key', 'robbed-insurer', print, '--reason', 'key-compromise', ...BY)
    const sql = 'SELECT since FROM identity_key WHERE thumbprint = $1'
    const at = (await query<{ since: Date }>(house().database, sql, [print]))[0]?.since.getTime() ?? 0
    const after = await refusedAfter('robbed-insurer', given, at)
    console.log(`      dead after ${after.join(' and ')} ms, the command's end included`)
    for (const each of after) expect(each).to.be.below(3000)
    for (const { url } of gateways()) {
      expect(await tokenBy(url, 'robbed-insurer', keyOf('robbed-insurer')), 'the stolen key').to.equal(null)
      expect(await tokenBy(url, 'robbed-insurer', spare.signing), 'the other key').to.be.a('string')
    }
    // the file of the folder still holds it
    await second.kill()
    second = await startProcess(house().site)
    expect(await tokenBy(second.url, 'robbed-insurer', keyOf('robbed-insurer')), 'after a restart').to.equal(null)
  })

  it('each keeps its own keys alone: a party and the officer who keeps its keys are told of others as of none', async () => {
    const { gateway } = house()
    const own = (await tokenBy(gateway.url, 'demo-insurer', keyOf('demo-insurer'))) ?? ''
    const keeper = (await tokenBy(gateway.url, 'keeper', keyOf('keeper'))) ?? ''
    const seen = new Set<string>()
    for (const token of [own, keeper]) {
      expect((await ask(gateway.url, '/parties/demo-insurer', token)).status).to.equal(200)
      for (const [method, path] of OTHERS) {
        const answer = await ask(gateway.url, path, token, method === 'POST' ? { ...JSON_BODY, method } : { method })
        seen.add(`${answer.status} ${answer.body}`)
      }
    }
    expect([...seen], [...seen].join(' | ')).to.have.length(1)
    expect([...seen][0]).to.match(/^404 .*not-found/)
    const list = JSON.parse((await ask(gateway.url, '/parties', keeper)).body) as { parties: { id: string }[] }
    expect(list.parties.map(({ id }) => id)).to.deep.equal(['demo-insurer'])
    for (const path of ['/parties/demo-insurer/suspension', '/parties/demo-insurer/revocation'])
      expect((await ask(gateway.url, path, keeper, { ...JSON_BODY, method: 'POST' })).status).to.equal(403)
  })

  it('a party suspended in mid-download: its tokens die, the download ends within 5 s at both, its agreement rests; resumed it goes on, with new tokens', async () => {
    const { site, database } = house()
    const hospital = new Party(house().gateway, site, 'demo-hospital')
    const insurers = gateways().map((one) => new Party(one, site, 'demo-insurer'))
    const id = await hospital.send({ 'data.ndjson': ndjson(ward('stopped', 5)) }, ID)
    const { dataset } = (await hospital.ended(id, ['ready'])).agreements[0] ?? { dataset: '' }
    const [shard] = await query<{ name: string; file: string }>(
      database,
      'SELECT name, file FROM shard WHERE disclosure = $1 ORDER BY name',
      [dataset]
    )
    const folder = readdirSync(join(site.folder, 'data', 'files'), { recursive: true, encoding: 'utf8' })
    truncateSync(join(site.folder, 'data', 'files', folder.find((name) => name.endsWith(shard?.file ?? '-')) ?? ''), BYTES)
    await query(database, 'UPDATE shard SET bytes = $2 WHERE disclosure = $1 AND name = $3', [dataset, BYTES, shard?.name])
    const given = await tokens('demo-insurer')
    const pulls: Pull[] = []
    for (const [n, insurer] of insurers.entries()) {
      const url = (await exported(insurer, ID)).find((one) => one.includes(shard?.name ?? '-')) ?? ''
      pulls.push(pull(`${gateways()[n]?.url}${new URL(url).pathname}`, await insurer.token()))
    }
    await Promise.all(pulls.map(({ begun }) => begun))
    await party('suspend', 'demo-insurer', '--reason', 'unspecified', ...BY)
    const since = async (): Promise<number> =>
      (await query<{ since: Date }>(database, "SELECT since FROM identity WHERE id = 'demo-insurer'"))[0]?.since.getTime() ?? 0
    const suspended = await since()
    const dead = await refusedAfter('demo-insurer', given, suspended)
    const ends = (await Promise.all(pulls.map(({ ended }) => ended))).map(({ at }) => at - suspended)
    console.log(`      tokens dead after ${dead.join(' and ')} ms, downloads ended after ${ends.join(' and ')} ms`)
    for (const each of ends) expect(each).to.be.within(0, 5000)
    expect((await hospital.ask('POST', `/submissions?agreement=${ID}`)).status, 'nor is anything taken in for it').to.be.oneOf([403, 404])
    await party('resume', 'demo-insurer', '--reason', 'unspecified', ...BY)
    for (const [n, { url }] of gateways().entries()) {
      await until(async () => tokenBy(url, 'demo-insurer', keyOf('demo-insurer')), 5)
      expect((await ask(url, '/parties/demo-insurer', given[n] ?? '')).status, 'a token of before').to.equal(401)
    }
    await until(async () => ((await hospital.ask('POST', `/submissions?agreement=${ID}`)).status < 300 ? true : null), 5)
    expect((await entriesIn(database, 'identity-suspended', 'identity-resumed')).map(({ readers }) => readers)).to.deep.equal([[], []])
  })

  it('revoked, for good: a start with its file in the folder brings nobody back, and an officer is revoked likewise', async () => {
    await party('revoke', 'moving-insurer', '--reason', 'cessation-of-operation', ...BY)
    await party('revoke', 'keeper', '--reason', 'affiliation-changed', ...BY)
    await second.kill()
    second = await startProcess(house().site)
    for (const who of ['moving-insurer', 'keeper']) expect(await tokenBy(second.url, who, keyOf(who)), who).to.equal(null)
    const again = await officer(house().site, ['party', 'resume', 'moving-insurer', '--reason', 'unspecified', ...BY])
    expect([again.code, again.err]).to.satisfy(([exit, err]: [number, string]) => exit === 1 && err.includes('[party-out-of-state]'))
    const nobody = await officer(house().site, ['party', 'suspend', 'demo-hospital', '--reason', 'unspecified', '--officer', 'demo-author'])
    expect([nobody.code, nobody.err]).to.satisfy(([exit, err]: [number, string]) => exit === 3 && err.includes('[not-an-operator]'))
    expect(signingKey(house().site, 'demo-author')).to.be.a('string')
  })
})
