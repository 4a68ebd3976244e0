/** Sessions as the database keeps them. */
import { randomBytes, randomUUID } from 'node:crypto'
import { expect } from 'chai'
import type { Pool } from 'pg'
import { openPool } from '../../gateway/store/pool.ts'
import {
  deleteSession,
  deleteSessionsAt,
  findSession,
  insertSession,
  listSessions,
  type NewSession,
  rotateSession,
  type SessionRow,
  sweepSessions
} from '../../gateway/store/sessions.ts'
import { useDatabase } from '../support/postgres.ts'

const MINUTE = 60_000
const AT = new Date('2026-03-01T12:00:00Z')
const later = (minutes: number): Date => new Date(AT.getTime() + minutes * MINUTE)

describe('store/sessions', () => {
  const database = useDatabase()
  const kept: { pool: Pool | null } = { pool: null }
  const pool = (): Pool => kept.pool as Pool // from before to after
  before(() => {
    kept.pool = openPool(database().url, 4)
  })
  beforeEach(() => pool().query('DELETE FROM officer_session'))
  after(() => kept.pool?.end())

  async function made(rest: Partial<NewSession> = {}): Promise<NewSession> {
    const session = {
      id: randomUUID(),
      officer: 'example-officer',
      secret_sha256: randomBytes(32),
      subject_sha256: randomBytes(32),
      provider_sha256: null,
      made: AT,
      ends: later(480),
      ...rest
    }
    await insertSession(pool(), session)
    return session
  }

  it('of many requests at once one replaces the cookie, and what was replaced is found as long as the session is there', async () => {
    const { id, secret_sha256: from } = await made()
    const turns = await Promise.all(
      Array.from({ length: 8 }, () => rotateSession(pool(), { id, from, to: randomBytes(32), at: later(10), until: later(11) }))
    )
    expect(turns.reduce((sum, n) => sum + n, 0)).to.equal(1)
    expect((await findSession(pool(), from))?.id).to.equal(id)
    const now = (await findSession(pool(), from))?.secret_sha256 as Buffer // it is there
    await rotateSession(pool(), { id, from: now, to: randomBytes(32), at: later(20), until: later(21) })
    for (let n = 3; n < 50; n += 1) {
      const { secret_sha256 } = (await findSession(pool(), from)) as SessionRow // as long as that
      expect(
        await rotateSession(pool(), { id, from: secret_sha256, to: randomBytes(32), at: later(n * 10), until: later(n * 10 + 1) })
      ).to.equal(1)
    }
    expect([(await findSession(pool(), from))?.id, (await findSession(pool(), now))?.id]).to.deep.equal([id, id])
    expect(await findSession(pool(), randomBytes(32))).to.equal(null)
    await deleteSession(pool(), id)
    expect(await findSession(pool(), from)).to.equal(null)
  })

  it('what is over by its own time or idle is cleared away, and not shown before; what stands stays', async () => {
    const stands = await made({ made: later(60) })
    await made({ ends: later(90) })
    await made()
    expect((await listSessions(pool(), later(100), later(50))).map(({ id }) => id)).to.deep.equal([stands.id])
    expect(await sweepSessions(pool(), later(100), later(50))).to.have.length(2)
    expect((await findSession(pool(), stands.secret_sha256))?.id).to.equal(stands.id)
  })

  it('the back channel ends what it names: by subject, by session, by both where both are said, and by nothing nothing', async () => {
    const [subject, other, provider] = [randomBytes(32), randomBytes(32), randomBytes(32)]
    const one = await made({ subject_sha256: subject, provider_sha256: provider })
    const two = await made({ subject_sha256: subject })
    const three = await made({ subject_sha256: other, provider_sha256: provider })
    expect(await deleteSessionsAt(pool(), null, null)).to.deep.equal([])
    expect((await deleteSessionsAt(pool(), subject, provider)).map(({ id }) => id)).to.deep.equal([one.id])
    expect((await deleteSessionsAt(pool(), subject, null)).map(({ id }) => id)).to.deep.equal([two.id])
    expect((await deleteSessionsAt(pool(), null, provider)).map(({ id }) => id)).to.deep.equal([three.id])
  })
})
