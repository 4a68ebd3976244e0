/** The officers' desk on a real log: reviews, search, export and legal holds as commands; each reading is an entry. */
import { randomUUID } from 'node:crypto'
import { appendFileSync, readdirSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { after, before } from 'mocha'
import type { Pool } from 'pg'
import { type Json, sha256 } from '../../gateway/core/digest.ts'
import type { EntryKind } from '../../gateway/core/log/kinds.ts'
import { append, sequence } from '../../gateway/exchange/log/log.ts'
import { validateResource } from '../../gateway/generated/fhir-validate.js'
import { readKeyRing } from '../../gateway/seal/keyring.ts'
import { readKeyFiles } from '../../gateway/seal/keysource.ts'
import { openPool } from '../../gateway/store/pool.ts'
import type { Ran } from '../support/command.ts'
import { makeSite, type Site } from '../support/gateway.ts'
import { officer, query } from '../support/house.ts'
import { asOwner } from '../support/logged.ts'
import { useDatabase } from '../support/postgres.ts'

const WORD = ['--officer', 'Test Privacy Office', '--reason', 'a test'] as const
const HOUR = 3_600_000

describe('cli: audit, review, legal-hold', function () {
  this.timeout(120_000)
  const database = useDatabase()
  const kept: { site: Site | null; pool: Pool | null } = { site: null, pool: null }
  const site = (): Site => kept.site as Site
  const desk = (...words: readonly string[]): Promise<Ran> => officer(site(), words)

  async function add(kind: EntryKind, said: { readonly [member: string]: Json }, at = new Date()): Promise<void> {
    await append(kept.pool as Pool, `${kind}:${randomUUID()}`, { v: 1, kind, at: at.toISOString(), ...said })
  }

  async function place(): Promise<void> {
    const ring = readKeyRing(readKeyFiles(site().env['SALLYPORT_KEYS_DIR'] ?? ''))
    await sequence({ pool: kept.pool as Pool, ring, folder: site().folder })
  }

  before(async () => {
    kept.site = makeSite(database())
    kept.pool = openPool(database().url, 2)
    const now = Date.now()
    for (let n = 0; n < 2500; n++) await add('file-delivered', { recipient: 'demo-insurer', records: 1 }, new Date(now - (2500 - n) * HOUR))
    for (let n = 0; n < 6; n++) await add('export-refused', { party: 'demo-insurer', reason: 'agreement-expired' }, new Date(now - HOUR))
    await place()
  })
  after(async () => {
    await kept.pool?.end()
    kept.site?.remove()
  })

  async function reads(): Promise<string[]> {
    const rows = await query<{ statement: string }>(database().url, "SELECT statement FROM outbox WHERE kind = 'log-read' ORDER BY id")
    return rows.map(({ statement }) => (JSON.parse(statement) as { asked: string }).asked)
  }

  it('review ends with 3 when something needs looking at, 0 when not, and 2 for what is no review; each run is an entry', async () => {
    const denials = await desk('review', 'denials', '--json')
    expect(denials.code, denials.err).to.equal(3)
    const { reviews } = JSON.parse(denials.out) as { reviews: { review: string; findings: object[] }[] }
    expect(reviews).to.have.length(1)
    expect(reviews[0]).to.deep.include({
      review: 'denials',
      findings: [{ party: 'demo-insurer', says: 'was denied 6 times: export-refused 6' }]
    })
    expect((await desk('review', 'failed-logins')).code).to.equal(0)
    expect((await desk('review', 'everything')).code).to.equal(2)
    expect((await desk('review', '--since', '2026-02-30')).code).to.equal(2)
    expect((await desk('review', '--since', '2026-01-01T00:00:00')).code, 'no zone').to.equal(2)
    expect((await reads()).filter((asked) => asked.startsWith('review from '))).to.have.length(2)
  })

  it('review --html is one page without script, in which nothing fetches', async () => {
    const { code, out } = await desk('review', '--html')
    expect(code).to.equal(3)
    expect(out)
      .to.match(/^<!doctype html>/)
      .and.to.contain("default-src 'none'")
      .and.to.contain('demo-insurer')
      .and.not.to.match(/<script|src=|href=/)
  })

  it('audit search takes the parameters of the API, gives every entry that matches, and is itself an entry', async () => {
    const found = await desk('audit', 'search', 'outcome=8&_sort=date')
    expect(found.code, found.err).to.equal(0)
    const events = found.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object)
    expect(events).to.have.length(6)
    for (const event of events) expect(validateResource(event)).to.equal(true)
    expect((await desk('audit', 'search', 'action=R')).out.trim().split('\n'), 'over several pages').to.have.length(2500)
    for (const wrong of ['patient=1', 'site=x', 'date=yesterday', '_summary=count'])
      expect((await desk('audit', 'search', wrong)).code, wrong).to.be.within(1, 2)
    expect(await reads()).to.include.members(['outcome=8', 'action=R'])
  })

  it('kinds of entries are searched by _tag; when nothing matches that is said, and of a kind asked for as another code, how to ask', async () => {
    const found = await desk('audit', 'search', '_tag=export-refused')
    expect([found.code, found.out.trim().split('\n').length, found.err]).to.deep.equal([0, 6, ''])
    const none = await desk('audit', 'search', 'subtype=dataset-released')
    expect([none.code, none.out, none.err]).to.deep.equal([
      0,
      '',
      'No event matches. dataset-released is a kind of entry: ask for _tag=dataset-released.\n'
    ])
    expect((await desk('audit', 'search', '_tag=dataset-released')).err).to.equal(
      'No event matches. Kinds and codes: gateway/core/log/README.md.\n'
    )
  })

  it('at the desk, too: an entry that was altered is shown as altered, named, and the command ends with 4; patients are for accounting', async () => {
    const [from, to] = ["'demo-insurer'", "'forged-insurer'"]
    const change = (a: string, b: string) => `UPDATE log_body SET statement = replace(statement, ${a}, ${b}) WHERE index = 2501`
    await asOwner(kept.pool as Pool, change(from, to))
    const found = await desk('audit', 'search', 'outcome=8')
    await asOwner(kept.pool as Pool, change(to, from))
    expect(found.code, found.err).to.equal(4)
    expect(found.err).to.contain('entry 2501 was altered (log_body: commitment)')
    expect(found.out).not.to.contain('forged')
    expect(found.out.match(/"code":"log-altered"/g)).to.have.length(1)
    expect((await desk('audit', 'search', 'patient=1')).err)
      .to.contain('sallyport accounting')
      .and.not.to.match(/POST/)
  })

  it('audit export streams every event of a time in the order of the log; broken off, it goes on behind its last whole line; nothing is written over', async () => {
    const out = join(site().folder, 'all.ndjson')
    const exported = await desk('audit', 'export', '--out', out)
    expect(exported.code, exported.err).to.equal(0)
    const text = readFileSync(out, 'utf8')
    const ids = text
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { id: string }).id)
    expect(ids).to.deep.equal(Array.from({ length: 2506 }, (_, n) => `entry-${n}`))
    expect((await desk('audit', 'export', '--out', out)).code, 'it is there').to.equal(2)
    const again = join(site().folder, 'again.ndjson')
    const part = `${again}.${sha256(' ').toString('hex', 0, 4)}.part`
    renameSync(out, part)
    truncateSync(part, text.length - 100_000)
    appendFileSync(part, '{"id":"entry-')
    expect((await desk('audit', 'export', '--out', again)).code).to.equal(0)
    expect(readFileSync(again, 'utf8')).to.equal(text)
    expect((await reads()).at(-1)).to.match(/behind entry \d+$/)
    expect(readdirSync(site().folder).filter((name) => name.endsWith('.part'))).to.deep.equal([])
  })

  it('audit export keeps to its time: from, and up to but not including', async () => {
    const [from, to] = [new Date(Date.now() - 100 * HOUR).toISOString(), new Date(Date.now() - 50 * HOUR).toISOString()]
    const out = join(site().folder, 'some.ndjson')
    expect((await desk('audit', 'export', '--from', from, '--to', to, '--out', out)).code).to.equal(0)
    const times = readFileSync(out, 'utf8')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { recorded: string }).recorded)
    expect(times).to.have.length(50)
    expect(times.every((time) => time >= from && time < to)).to.equal(true)
  })

  it('legal-hold place, list, lift: each an entry, the list too', async () => {
    const placed = await desk('legal-hold', 'place', '--from', '2020-01-01', ...WORD)
    expect(placed.code, placed.err).to.equal(0)
    const [id = ''] = placed.out.split(' ')
    const listed = await desk('legal-hold', 'list', '--json')
    expect(JSON.parse(listed.out)[0]).to.deep.include({
      hold: id,
      from: '2020-01-01T00:00:00.000Z',
      until: null,
      officer: 'Test Privacy Office',
      lifted: null
    })
    expect((await desk('legal-hold', 'lift', id, ...WORD)).code).to.equal(0)
    expect((await desk('legal-hold', 'lift', id, ...WORD)).code, 'a second time').to.equal(1)
    expect((await desk('legal-hold', 'place', '--from', '2020-01-01', '--until', '2019-01-01', ...WORD)).code).to.equal(2)
    expect((await desk('legal-hold', 'place', '--from', '2020-1-1', ...WORD)).code).to.equal(2)
    const kinds = await query<{ kind: string }>(
      database().url,
      "SELECT kind FROM outbox WHERE kind IN ('hold-placed', 'hold-lifted', 'register-read') ORDER BY id"
    )
    expect(kinds.map(({ kind }) => kind)).to.deep.equal(['hold-placed', 'register-read', 'hold-lifted'])
  })

  it('164.528(c)(1): a log policy of fewer than seven years, an unknown zone or a wrong hour is refused where it is read', async () => {
    const path = join(site().env['SALLYPORT_POLICIES_DIR'] ?? '', 'log.json')
    const shipped = readFileSync(path, 'utf8')
    const hours = (JSON.parse(shipped) as { officeHours: object }).officeHours
    for (const policy of [
      { version: 1, keepYears: 6 },
      { version: 1, keepYears: 7, kepYears: 7 },
      { version: 1, keepYears: 7, officeHours: { ...hours, zone: 'Mars/Olympus' } },
      { version: 1, keepYears: 7, officeHours: { ...hours, until: '06:00' } },
      { version: 1, keepYears: 7, officeHours: { ...hours, from: '25:00' } }
    ]) {
      writeFileSync(path, JSON.stringify(policy))
      const { code, err } = await desk('review')
      expect([code, err.includes('[policy-invalid]')], JSON.stringify(policy)).to.deep.equal([2, true])
    }
    writeFileSync(path, shipped)
  })
})
