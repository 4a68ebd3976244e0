/** Who may read what, in a real log: the rows of who may read it, the open leaf, and fsck, which holds them against the statement. */
import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { readAuditSearch } from '../../gateway/core/audit/search.ts'
import type { EntryKind } from '../../gateway/core/log/kinds.ts'
import { parseLeaf } from '../../gateway/core/log/leaf.ts'
import { eventsAtDesk } from '../../gateway/exchange/audit/audit-search.ts'
import { exportEnd, exportLines } from '../../gateway/exchange/log/log-export.ts'
import { fsck } from '../../gateway/exchange/log/log-fsck.ts'
import { openPublicLog } from '../../gateway/exchange/log/public-log.ts'
import { logVerifiers } from '../../gateway/seal/receipt.ts'
import { checkExport } from '../../gateway/seal/verify/export.ts'
import { query } from '../support/house.ts'
import { asOwner, useLog } from '../support/logged.ts'

const AT = '2026-01-10T00:00:00Z'
const NOW = new Date('2026-02-01T00:00:00Z')
const ACTS: readonly EntryKind[] = ['hold-released', 'dataset-recalled', 'hold-refused', 'accounting-made', 'register-read']

async function* cutLines(texts: AsyncIterable<string>): AsyncGenerator<Buffer> {
  for await (const text of texts) for (const line of text.trimEnd().split('\n')) yield Buffer.from(line, 'utf8')
}

describe('exchange: who may read what an entry says', () => {
  const log = useLog()
  before(async () => {
    const { add, place } = log()
    const words = { officer: 'Test Privacy Office', reason: 'a test', source: 'demo-hospital', recipient: 'demo-insurer' }
    for (const kind of ACTS) await add(kind, AT, words)
    await add('dataset-held', AT, words)
    await add('dataset-released', AT, words)
    await place()
  })

  it('officers’ words go to the source at most, and so does what was held', async () => {
    const rows = await query<{ kind: string; parties: string[] }>(log().url, 'SELECT kind, parties FROM logged ORDER BY index')
    expect(rows.map(({ kind, parties }) => [kind, parties])).to.deep.equal([
      ['hold-released', ['demo-hospital']],
      ['dataset-recalled', ['demo-hospital']],
      ['hold-refused', ['demo-hospital']],
      ['accounting-made', ['demo-hospital']],
      ['register-read', []],
      ['dataset-held', ['demo-hospital']],
      ['dataset-released', ['demo-hospital', 'demo-insurer']]
    ])
  })

  it('officers find by a party what names it, whoever may read it; the party finds its own', async () => {
    const query = readAuditSearch(new Map([['agent', ['demo-insurer']]]), 'desk')
    const altered: unknown[] = []
    const events = eventsAtDesk({ ...log(), account: 'tester' }, query, { at: NOW, tell: (fault) => altered.push(fault) })
    const kinds: (string | undefined)[] = []
    for await (const event of events) kinds.push((event['meta'] as { tag: { code: string }[] }).tag[0]?.code)
    expect(kinds.sort()).to.deep.equal([...ACTS, 'dataset-held', 'dataset-released'].sort())
    expect(altered).to.deep.equal([])
  })

  it('the open side of the log does not tell one act of an officer from another, nor that a dataset is held', async () => {
    const tile = await openPublicLog(log().pool).entryTile({ level: 0, index: 0n, width: 7 })
    const text = tile?.toString('latin1') ?? ''
    expect(text.match(/"kind":"[a-z-]+"/g)).to.deep.equal([
      ...ACTS.map(() => '"kind":"officer-act"'),
      '"kind":"officer-act"', // a dataset that was held
      '"kind":"dataset-released"'
    ])
  })

  it('fsck holds the kind to search by against the statement, and the leaf against both', async () => {
    expect((await fsck(log(), { now: NOW })).fault).to.equal(null)
    for (const kind of ['register-read', 'file-delivered', 'officer-act']) {
      await asOwner(log().pool, `UPDATE log_entry SET kind = '${kind}' WHERE index = 3`)
      expect((await fsck(log(), { now: NOW })).fault, kind).to.deep.equal({ table: 'log_entry', index: '3', fault: 'kind' })
    }
    await asOwner(log().pool, "UPDATE log_entry SET kind = 'accounting-made' WHERE index = 3")
  })

  it('entries from before kinds had readers are shown to nobody else either: the migration takes recipients out, and fsck agrees', async () => {
    const { pool } = log()
    await asOwner(pool, "UPDATE log_body SET parties = '{demo-hospital,demo-insurer}' WHERE index IN (0, 1, 2, 5)")
    expect((await fsck(log(), { now: NOW })).fault).to.deep.equal({ table: 'log_body', index: '0', fault: 'parties' })
    await pool.query(readFileSync(new URL('../../schemas/sql/013_readers.sql', import.meta.url), 'utf8'))
    expect((await fsck(log(), { now: NOW })).fault).to.equal(null)
  })

  it('an auditor’s export proves what each act was: sallyport verify takes a neutral leaf for the kind that the statement names', async () => {
    const request = { first: 0n, size: null, bodies: 'all', at: NOW } as const
    const lines = exportLines(log(), request, await exportEnd(log(), request))
    const checked = await checkExport(cutLines(lines), logVerifiers([log().ring.log.current.vkey]))
    expect(checked.ok && checked.found.bodies).to.deep.equal({ proved: 7, expired: 0, withheld: 0 })
  })

  it('an entry from before leaves were neutral passes: its leaf says the kind', async () => {
    await log().add('consent-changed', NOW.toISOString())
    const older = `UPDATE outbox SET entry = convert_to(replace(convert_from(entry, 'UTF8'), 'officer-act', 'consent-changed'), 'UTF8')`
    await asOwner(log().pool, older)
    await log().place()
    const [row] = await query<{ entry: Buffer }>(log().url, 'SELECT entry FROM log_entry ORDER BY index DESC LIMIT 1')
    expect(parseLeaf(row?.entry ?? Buffer.alloc(0))?.kind).to.equal('consent-changed')
    expect((await fsck(log(), { now: NOW })).fault).to.equal(null)
  })
})
