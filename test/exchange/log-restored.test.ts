/** A log that does not go on from what was signed: shorter, altered, or restored whole with its checkpoints. Nothing is signed, and it is said why. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { Client } from 'pg'
import { IntegrityError } from '../../gateway/core/errors.ts'
import { requireLog, sequence } from '../../gateway/exchange/log/log.ts'
import { generateKeyRing } from '../../gateway/seal/generate.ts'
import { readKeyRing } from '../../gateway/seal/keyring.ts'
import { keepCheckpoint, newestKept } from '../../gateway/store/kept-checkpoints.ts'
import { openPool } from '../../gateway/store/pool.ts'
import { addEntries, growTo, type SealedLog, useLog } from '../support/sealed-log.ts'

describe('exchange/log: what was signed is never taken back', function () {
  this.timeout(60_000)
  const log = useLog()
  const copies: { pool: SealedLog['pool']; name: string }[] = []

  /** A backup of the whole database, restored beside it. */
  async function restoredCopy(rooms: SealedLog): Promise<SealedLog> {
    const url = new URL(rooms.url)
    const name = `${url.pathname.slice(1)}_${copies.length}`
    await admin(rooms, `CREATE DATABASE ${name} TEMPLATE ${url.pathname.slice(1)}`)
    url.pathname = `/${name}`
    const copy = { ...rooms, url: url.href, pool: openPool(url.href, 4) }
    copies.push({ pool: copy.pool, name })
    return copy
  }

  /** A template must have no connection: those of the pool are idle and are closed by the server. */
  async function admin(rooms: SealedLog, text: string): Promise<void> {
    const url = new URL(rooms.url)
    const database = url.pathname.slice(1)
    url.pathname = '/postgres'
    const client = new Client({ connectionString: url.href })
    await client.connect()
    try {
      await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [database])
      await client.query(text)
    } finally {
      await client.end()
    }
  }

  async function refusal(work: Promise<unknown>): Promise<IntegrityError> {
    const error = await work.catch((thrown: unknown) => thrown)
    expect(error).to.be.instanceOf(IntegrityError)
    return error as IntegrityError
  }

  async function signedIn(rooms: SealedLog): Promise<unknown[]> {
    return (await rooms.pool.query('SELECT size::text AS size FROM checkpoint ORDER BY size')).rows as unknown[]
  }

  after(async () => {
    for (const { pool, name } of copies) {
      await pool.end()
      await admin(log(), `DROP DATABASE ${name} WITH (FORCE)`)
    }
  })

  it('a restored backup of the whole database, log and checkpoints back together, is refused at start and never signed: log-shorter', async () => {
    await growTo(log(), [10, 20])
    const backup = await restoredCopy(log())
    await growTo(log(), [40])
    const error = await refusal(requireLog(backup))
    expect(error.code).to.equal('log-shorter')
    expect(error.evidence).to.deep.include({ 'checkpoint kept in the data folder': '40', 'log': '20' })
    expect(error.evidence['read']).to.contain('README.md')
    await addEntries(backup.pool, 20, 25, '2026-04-01T00:00:00Z', 'after the restore')
    expect((await refusal(sequence(backup))).code).to.equal('log-shorter')
    expect(await signedIn(backup)).to.deep.equal([{ size: '10' }, { size: '20' }])
  })

  it('grown past what was signed it is still another log: log-altered', async () => {
    const backup = await restoredCopy(log())
    await growTo(log(), [50])
    await addEntries(backup.pool, 40, 90, '2026-04-01T00:00:00Z', 'another history')
    expect((await refusal(sequence(backup))).code).to.equal('log-altered')
    expect(await signedIn(backup)).to.not.deep.include({ size: '90' })
  })

  it('the log of the newest checkpoint goes on', async () => {
    expect(await requireLog(log())).to.equal(50n)
    await growTo(log(), [51])
  })

  it('under another origin a log may begin anew from a backup: the old checkpoint is no promise of the new log', async () => {
    const backup = await restoredCopy(log())
    await growTo(log(), [60])
    const old = [...generateKeyRing('test.example/second-log')]
    const ring = readKeyRing(new Map(old))
    const both = { ...ring, log: { current: ring.log.current, retired: [log().ring.log.current] } }
    await addEntries(backup.pool, 51, 52, '2026-04-01T00:00:00Z', 'second log')
    expect(await sequence({ ...backup, ring: both })).to.equal(52n)
  })

  it('a kept checkpoint that was tampered with, or is signed by nobody we know, is no checkpoint: nothing is signed', async () => {
    const room = join(log().folder, 'checkpoints')
    const own = readdirSync(room).find((name) => name.endsWith('60')) ?? ''
    const note = readFileSync(join(room, own), 'utf8')
    writeFileSync(join(room, own), note.replace('\n60\n', '\n59\n'))
    expect((await refusal(sequence(log()))).code).to.equal('proof-invalid')
    writeFileSync(join(room, own), note)
    expect(await sequence(log())).to.equal(60n)
  })

  it('without the folder the checkpoint of the database still holds, and is kept again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-log-'))
    expect(await sequence({ ...log(), folder })).to.equal(60n)
    expect(await newestKept(folder, 'test.example/log')).to.deep.equal(await newestKept(log().folder, 'test.example/log'))
    rmSync(folder, { recursive: true })
  })

  it('a replica that was held up while it kept an older checkpoint takes nothing back', async () => {
    const newest = (await newestKept(log().folder, 'test.example/log'))?.note
    await keepCheckpoint(log().folder, 'test.example/log', 12n, 'an older one')
    expect((await newestKept(log().folder, 'test.example/log'))?.note).to.equal(newest)
    await keepCheckpoint(log().folder, 'test.example/log', 1n << 63n, 'a newer one')
    expect(await newestKept(log().folder, 'test.example/log')).to.deep.equal({ note: 'a newer one', told: 'perhaps not' })
    rmSync(
      join(
        log().folder,
        'checkpoints',
        readdirSync(join(log().folder, 'checkpoints')).find((name) => name.includes(String(1n << 63n))) ?? ''
      )
    )
    await keepCheckpoint(log().folder, 'test.example/log', 60n, newest ?? '')
  })

  for (const [what, change] of [
    ['a node', "UPDATE log_node SET hash = sha256('x') WHERE level = 4 AND index = 2"],
    ['the head', 'UPDATE log_head SET range = set_byte(range, 0, (get_byte(range, 0) + 1) % 256)'],
    ['a node that is gone', 'DELETE FROM log_node WHERE level = 5 AND index = 0']
  ] as const) {
    it(`the database changed under the gateway (${what}): nothing more is signed: log-altered`, async () => {
      const copy = await restoredCopy(log())
      await copy.pool.query(`ALTER TABLE log_node DISABLE TRIGGER USER; ${change}`)
      await addEntries(copy.pool, 60, 61)
      expect((await refusal(sequence(copy))).code).to.equal('log-altered')
    })
  }
})
