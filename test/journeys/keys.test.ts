/**
 * The gateway's own keys, each replaced while two gateways on one database take tokens, uploads and exports: a new key is staged, both are restarted, it is
 * promoted, both are restarted. Nothing is refused and nothing is lost; what the old key wrapped is moved, and the old key goes.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import type { KeyStatus } from '../../gateway/exchange/keys/key-status.ts'
import { type Pins, parsePins, verifyManifest } from '../../gateway/seal/manifest.ts'
import { openNote, parseVkey } from '../../gateway/seal/note.ts'
import { signAssertion } from '../support/assertion.ts'
import { AT_ONCE, makeSite, type Process, type Site, startProcess, until } from '../support/gateway.ts'
import { faultsOf, officer, query } from '../support/house.ts'
import { useDatabase } from '../support/postgres.ts'
import { ndjson, ward } from '../support/records.ts'

const PUBLIC = 'http://sallyport.example'
const PURPOSES = ['token', 'manifest', 'wrapping', 'crosswalk', 'log'] as const

interface Fleet {
  readonly urls: (string | null)[]
  restart(n: number): Promise<void>
  stop(): Promise<void>
}

async function startFleet(site: Site, count: number): Promise<Fleet> {
  const running: (Process | null)[] = []
  const urls: (string | null)[] = []
  const start = async (n: number): Promise<void> => {
    const gateway = await startProcess(site)
    const started = gateway
      .log()
      .split('\n')
      .find((line) => line.includes('"started"'))
    running[n] = gateway
    urls[n] = `http://127.0.0.1:${(JSON.parse(started ?? '{}') as { port: number }).port}`
  }
  for (let n = 0; n < count; n++) await start(n)
  return {
    urls,
    restart: async (n) => {
      urls[n] = null // as a load balancer takes it out before it is stopped
      await pause(300)
      expect(await running[n]?.stop()).to.equal(0)
      await start(n)
    },
    stop: async () => {
      for (const gateway of running) await gateway?.stop()
    }
  }
}

/** Callers that never stop asking while keys change: each sign-in at one gateway, its token used at every other. */
class Load {
  readonly faults: string[] = []
  readonly submissions: string[] = []
  asked = 0
  #going = true
  readonly #running: Promise<void>[]

  constructor(site: Site, fleet: Fleet) {
    this.#running = [this.#sign(site, fleet), this.#send(site, fleet)]
  }

  async stop(): Promise<void> {
    this.#going = false
    await Promise.all(this.#running)
  }

  #live(fleet: Fleet): string[] {
    return fleet.urls.filter((url) => url !== null)
  }

  #note(what: string, status: number, wanted: number): void {
    this.asked += 1
    if (status !== wanted) this.faults.push(`${what}: ${status}`)
  }

  async #sign(site: Site, fleet: Fleet): Promise<void> {
    for (let turn = 0; this.#going; turn++) {
      const urls = this.#live(fleet)
      const token = await tokenAt(urls[turn % urls.length] ?? '', site, 'demo-insurer', 'system/*.rs')
      this.#note('token', token === null ? 0 : 200, 200)
      for (const url of this.#live(fleet)) {
        const answer = await fetch(`${url}/datasets`, { headers: { authorization: `Bearer ${token}` } }).catch(() => null)
        if (answer !== null && answer.status === 401) this.faults.push('a token of one gateway is refused at another')
      }
      await pause(100)
    }
  }

  async #send(site: Site, fleet: Fleet): Promise<void> {
    for (let turn = 0; this.#going; turn++) {
      const urls = this.#live(fleet)
      const first = urls[turn % urls.length] ?? ''
      const authorization = `Bearer ${await tokenAt(first, site, 'demo-hospital', 'system/*.cu')}`
      const opened = await fetch(`${first}/submissions`, { method: 'POST', headers: { authorization } })
      this.#note('open', opened.status, 201)
      const { id } = (await opened.json()) as { id: string }
      const other = this.#live(fleet)[(turn + 1) % this.#live(fleet).length] ?? ''
      const put = await fetch(`${other}/submissions/${id}/files/data.ndjson`, {
        method: 'PUT',
        headers: { authorization, 'content-type': 'application/fhir+ndjson' },
        body: ndjson(ward(`turn${turn}`, 40, 1))
      })
      this.#note('upload', put.status, 202)
      const last = this.#live(fleet)[turn % this.#live(fleet).length] ?? ''
      this.#note('close', (await fetch(`${last}/submissions/${id}/close`, { method: 'POST', headers: { authorization } })).status, 202)
      this.submissions.push(id)
      await pause(4000)
    }
  }
}

async function tokenAt(url: string, site: Site, party: string, scope: string): Promise<string | null> {
  const keys = site.parties.get(party)
  if (keys === undefined) throw new Error('no such party')
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    scope,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await signAssertion(keys.signing, party, `${PUBLIC}/oauth/token`)
  })
  const answer = await fetch(`${url}/oauth/token`, { method: 'POST', body })
  return ((await answer.json()) as { access_token?: string }).access_token ?? null
}

describe("the gateway's own keys, replaced under load (NIST SP 800-57 part 1 §5.3)", function () {
  this.timeout(400_000)
  const database = useDatabase()
  const kept: { site: Site | null; fleet: Fleet | null } = { site: null, fleet: null }
  const site = (): Site => kept.site as Site
  const fleet = (): Fleet => kept.fleet as Fleet

  before(async () => {
    kept.site = makeSite(
      database(),
      { 'demo-safe-harbor': AT_ONCE, 'demo-transport-only': null },
      { SALLYPORT_PUBLIC_URL: PUBLIC, SALLYPORT_WORKERS: '1', SALLYPORT_LIMIT_REQUESTS_PER_MINUTE: '100000' }
    )
    kept.fleet = await startFleet(site(), 2)
  })
  after(async () => {
    await kept.fleet?.stop()
    kept.site?.remove()
  })

  async function keys(...words: readonly string[]): Promise<string> {
    const ran = await officer(site(), ['keys', ...words])
    expect(ran.code, `keys ${words.join(' ')}: ${ran.err}`).to.equal(0)
    return ran.out
  }
  async function refused(...words: readonly string[]): Promise<string> {
    const ran = await officer(site(), ['keys', ...words])
    expect(ran.code, `keys ${words.join(' ')}: ${ran.out}`).to.not.equal(0)
    return ran.err
  }
  async function status(): Promise<readonly KeyStatus[]> {
    return (JSON.parse(await keys('status', '--json')) as { keys: KeyStatus[] }).keys
  }
  const folder = (): string => site().env['SALLYPORT_KEYS_DIR'] ?? ''

  it('token, manifest, wrapping, crosswalk and log at once: nothing is refused, nothing is lost; then nothing needs the old keys', async () => {
    const before = parsePins(await keys('pins'))
    const old = new Map((await status()).map((key) => [key.purpose, key.kid]))
    const out = await officer(site(), ['consent', 'opt-out', '--party', 'demo-hospital', '--patient', 'quiet0'])
    expect(out.code, out.err).to.equal(0)
    const load = new Load(site(), fleet())
    await until(async () => (load.submissions.length > 0 ? true : null))
    for (const purpose of PURPOSES) await keys('rotate', purpose, '--stage')
    expect(await refused('rotate', 'wrapping', '--stage')).to.include('[key-needed]')
    expect(await refused('rotate', 'wrapping', '--promote'))
      .to.include('[key-unknown]')
      .and.to.include('does not know it')
    await fleet().restart(0)
    expect(await refused('rotate', 'token', '--promote'), 'one of two knows it').to.include('[key-unknown]')
    await fleet().restart(1)
    const published = (await (await fetch(`${fleet().urls[0]}/keys`)).json()) as Pins
    expect([published.manifest.length, published.log.length], 'staged keys are published').to.deep.equal([2, 2])
    expect(await refused('rotate', 'manifest', '--promote'), 'parties first').to.include('--pinned')
    for (const purpose of PURPOSES) await keys('rotate', purpose, '--promote', ...(purpose === 'manifest' ? ['--pinned'] : []))
    await fleet().restart(0)
    expect(await refused('rewrap'), 'one still wraps under the old').to.include('[key-unknown]')
    await fleet().restart(1)
    expect(await refused('drop', 'wrapping', old.get('wrapping') ?? '')).to.include('[key-needed]')
    await keys('rewrap')
    await pause(2000)
    await load.stop()
    expect(load.faults).to.deep.equal([])
    expect(load.asked).to.be.greaterThan(20)

    const now = await status()
    const of = (purpose: string, kid: string | undefined): KeyStatus | undefined =>
      now.find((key) => key.purpose === purpose && key.kid === kid)
    for (const purpose of PURPOSES) expect(of(purpose, old.get(purpose))?.state, purpose).to.equal('retired')
    expect(of('crosswalk', old.get('crosswalk'))?.neededBy).to.deep.equal([])
    expect(of('wrapping', old.get('wrapping'))?.neededBy.filter((what) => !what.startsWith('cursors'))).to.deep.equal([])

    // what was sent before, between and after became datasets; who pinned the new keys beside the old opens each
    const done = await until(async () => {
      const rows = await query<{ id: string; state: string }>(database().url, 'SELECT id, state FROM disclosure')
      return rows.every(({ state }) => ['ready', 'held', 'empty', 'refused'].includes(state)) ? rows : null
    }, 240)
    const ready = done.filter(({ state }) => state === 'ready').map(({ id }) => id)
    expect(ready.length, JSON.stringify(done)).to.equal(done.length)
    expect(ready.length).to.be.greaterThan(2)
    expect(await faultsOf(database().url)).to.deep.equal([])
    const pins = parsePins(await keys('pins'))
    const signers = await query<{ kid: string }>(
      database().url,
      `SELECT DISTINCT convert_from(decode(translate(manifest::json->>'protected', '-_', '+/')
      || repeat('=', (4 - length(manifest::json->>'protected') % 4) % 4), 'base64'), 'UTF8')::json->>'kid' AS kid FROM disclosure`
    )
    expect(signers.map(({ kid }) => kid).sort()).to.deep.equal(pins.manifest.map(({ kid }) => kid ?? '').sort())
    for (const { manifest } of await query<{ manifest: string }>(database().url, 'SELECT manifest FROM disclosure'))
      await verifyManifest(manifest, pins)
    const checkpoint = await (await fetch(`${fleet().urls[0]}/log/checkpoint`)).text()
    expect(checkpoint.match(/^\u2014 /gmu), 'signed by the old log key too').to.have.length(2)
    expect(
      openNote(
        checkpoint,
        before.log.flatMap((vkey) => parseVkey(vkey) ?? [])
      ),
      'who pinned the old one alone'
    ).to.not.equal(null)
    expect(existsSync(join(folder(), `manifest.${old.get('manifest')}.jwk`))).to.equal(true)
    expect(readFileSync(join(folder(), `manifest.${old.get('manifest')}.jwk`), 'utf8')).to.not.include('"d"')
    for (const name of readdirSync(folder())) expect(statSync(join(folder(), name)).mode & 0o077, name).to.equal(0)
  })

  it('the old crosswalk and log keys are dropped and every gateway restarted: a no of before is found, and the log goes on under the new key alone', async () => {
    const retired = (await status()).filter(({ state }) => state === 'retired')
    for (const purpose of ['crosswalk', 'log']) await keys('drop', purpose, retired.find((key) => key.purpose === purpose)?.kid ?? '')
    expect(await refused('drop', 'manifest', retired.find(({ purpose }) => purpose === 'manifest')?.kid ?? '')).to.include(
      'its public half stays'
    )
    expect(
      await refused('drop', 'token', (await status()).find(({ purpose, state }) => purpose === 'token' && state === 'current')?.kid ?? '')
    ).to.include('[key-needed]')
    await fleet().restart(0)
    await fleet().restart(1)
    const authorization = `Bearer ${await tokenAt(fleet().urls[0] ?? '', site(), 'demo-hospital', 'system/*.cu')}`
    const ask = (method: string, path: string, body?: string): Promise<Response> =>
      fetch(`${fleet().urls[0]}${path}`, {
        method,
        headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/fhir+ndjson' }) },
        ...(body === undefined ? {} : { body })
      })
    const { id } = (await (await ask('POST', '/submissions')).json()) as { id: string }
    await ask('PUT', `/submissions/${id}/files/data.ndjson`, ndjson(ward('quiet', 40, 1)))
    await ask('POST', `/submissions/${id}/close`)
    const counts = await until(async () => {
      const [row] = await query<{ state: string; counts: { withheld: Record<string, number> } }>(
        database().url,
        'SELECT d.state, d.counts FROM disclosure d JOIN disclosure_submission s ON s.disclosure = d.id WHERE s.submission = $1',
        [id]
      )
      return row?.state === 'ready' ? row.counts : null
    }, 120)
    expect(counts.withheld['opted-out'], 'a patient and one condition').to.equal(2)
    expect(await faultsOf(database().url)).to.deep.equal([])
    const checkpoint = await (await fetch(`${fleet().urls[1]}/log/checkpoint`)).text()
    expect(checkpoint.match(/^\u2014 /gmu)).to.have.length(1)
    const fsck = await officer(site(), ['log', 'fsck'])
    expect(fsck.code, fsck.err).to.equal(0)
    const kinds = await query<{ kind: string; n: number }>(
      database().url,
      "SELECT kind, count(*)::integer AS n FROM logged WHERE kind LIKE 'key%' GROUP BY 1 ORDER BY 1"
    )
    expect(kinds.map(({ kind }) => kind)).to.deep.equal(['key-changed', 'key-dropped', 'keys-rewrapped'])
  })
})
