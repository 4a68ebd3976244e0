/** What an agreement has released, for its limits, and what an export waits for: over real Postgres. */
import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { after, before, beforeEach } from 'mocha'
import type { Pool } from 'pg'
import { underWay } from '../../gateway/store/disclosures.ts'
import { openPool } from '../../gateway/store/pool.ts'
import { releasedSince } from '../../gateway/store/released.ts'
import { useDatabase } from '../support/postgres.ts'

const DAY_MS = 86_400_000

interface Made {
  readonly state: string
  /** days ago: when its statement was made */
  readonly left: number
  /** days ago: when its release began */
  readonly began?: number
  readonly fetched?: 'yes'
  readonly recutOf?: string
}

describe('store/released', () => {
  const database = useDatabase()
  let pool: Pool
  before(async () => {
    pool = openPool(database().url, 2)
    await pool.query("INSERT INTO policy (hash, kind, body) VALUES ('h', 'agreement', '{}')")
  })
  after(() => pool.end())
  beforeEach(() => pool.query('DELETE FROM disclosure'))

  const ago = (days: number): Date => new Date(Date.now() - days * DAY_MS)

  async function made({ state, left, began = left, fetched, recutOf }: Made): Promise<string> {
    const id = randomUUID()
    await pool.query(
      `INSERT INTO disclosure (id, agreement, agreement_hash, profile_hash, recipient, source, state, due_at, at, sealed_key, counts, gate, statement, fetched_at, recut_of)
       VALUES ($1, 'a', 'h', 'h', 'r', 's', $2, now(), $3, '', '{"released":10}', '{"released":5}', $4, $5, $6)`,
      [
        id,
        state,
        ago(began),
        JSON.stringify({ at: ago(left).toISOString() }),
        fetched === undefined ? null : ago(left).toISOString(),
        recutOf ?? null
      ]
    )
    return id
  }

  async function datasets(recording: string = randomUUID()): Promise<number> {
    return (await releasedSince(pool, { agreement: 'a', recording }, ago(30))).datasets
  }

  it('what was fetched counts, also once a patient said no and it was withdrawn; what nobody fetched does not', async () => {
    await made({ state: 'withdrawn', left: 10, fetched: 'yes' })
    expect(await releasedSince(pool, { agreement: 'a', recording: randomUUID() }, ago(30))).to.deep.equal({
      datasets: 1,
      subjects: 5,
      records: 10
    })
    await made({ state: 'withdrawn', left: 10 })
    expect(await datasets()).to.equal(1)
  })

  it('what was held counts from when it left, not from when it began', async () => {
    await made({ state: 'ready', left: 1, began: 50 })
    await made({ state: 'ready', left: 50 })
    expect(await datasets()).to.equal(1)
  })

  it('what was fetched in part and cut again counts once, and does not stand in the way of what takes its place', async () => {
    const first = await made({ state: 'withdrawn', left: 10, fetched: 'yes' })
    const second = await made({ state: 'withdrawn', left: 9, recutOf: first })
    const third = await made({ state: 'recording', left: 8, recutOf: second })
    expect([await datasets(third), await datasets()]).to.deep.equal([0, 1])
    await pool.query("UPDATE disclosure SET state = 'ready' WHERE id = $1", [third])
    expect(await datasets()).to.equal(1)
    await pool.query("UPDATE disclosure SET state = 'refused' WHERE id = $1", [third])
    expect(await datasets(), 'the part of it that was fetched').to.equal(1)
  })

  it('an export waits for what is being made, and not for what is cut again: that would tell when a patient said no', async () => {
    const first = await made({ state: 'withdrawn', left: 0 })
    await made({ state: 'releasing', left: 0, recutOf: first })
    expect(await underWay(pool, 'a', new Date(Date.now() + DAY_MS))).to.equal(false)
    await made({ state: 'sealing', left: 0 })
    expect(await underWay(pool, 'a', new Date(Date.now() + DAY_MS))).to.equal(true)
  })
})
