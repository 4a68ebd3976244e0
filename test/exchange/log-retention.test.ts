/** Retention and legal hold over real Postgres: what entries say goes after the policy's years and not before, never under a hold, whoever deletes. */
import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { expireBodies, liftLegalHold, placeLegalHold } from '../../gateway/exchange/log/log-retention.ts'
import { faultsOf, query } from '../support/house.ts'
import { useLog } from '../support/logged.ts'
import { prepareStops, stopAt } from '../support/stops.ts'

const DAY = 86_400_000
const NOW = Date.now()
const six = { years: 6, policy: 'sha256:six' }
const WORD = { officer: 'Test Privacy Office', reason: 'a test', at: new Date(NOW) }

function ago(years: number, days = 0): string {
  const at = new Date(NOW - days * DAY)
  at.setUTCFullYear(at.getUTCFullYear() - years)
  return at.toISOString()
}

describe('exchange/log-retention', () => {
  const log = useLog()
  const house = (): Parameters<typeof expireBodies>[0] => ({ ...log(), now: () => new Date(NOW) })

  /** The runs of all entries that still say something. */
  async function left(): Promise<string[]> {
    const rows = await query<{ run: string }>(
      log().url,
      "SELECT statement::json->>'run' AS run FROM log_body WHERE statement::json->>'run' IS NOT NULL ORDER BY at"
    )
    return rows.map(({ run }) => run)
  }

  async function told(kind: string): Promise<Record<string, unknown>[]> {
    const rows = await query<{ statement: string }>(log().url, 'SELECT statement FROM outbox WHERE kind = $1 ORDER BY id', [kind])
    return rows.map(({ statement }) => JSON.parse(statement) as Record<string, unknown>)
  }

  function refusalOf(text: string, values: readonly unknown[] = []): Promise<string> {
    return query(log().url, text, values).then(
      () => 'done',
      (error: Error) => error.message
    )
  }

  before(async () => {
    for (const [run, at] of [
      ['old', ago(7)],
      ['held', ago(6, 200)],
      ['just old', ago(6, 1)],
      ['not yet', ago(5, 364)],
      ['new', ago(0)]
    ] as const)
      await log().add('gateway-started', at, { run })
    await log().place()
  })

  it('no policy, nothing goes; fewer than six years are kept six all the same (45 CFR 164.316(b)(2)(i))', async () => {
    expect(await expireBodies(house(), null)).to.equal(0)
    expect(await expireBodies(house(), { years: 8, policy: 'sha256:eight' })).to.equal(0)
    expect(await left()).to.have.length(5)
  })

  it('whoever deletes: the trigger keeps what is younger than six years, what a hold covers, and refuses every change', async () => {
    const id = await placeLegalHold(log().pool, { first: new Date(ago(6, 300)), last: new Date(ago(6, 100)) }, WORD)
    expect(await refusalOf("DELETE FROM log_body WHERE statement::json->>'run' = 'not yet'")).to.equal('a log body is kept for six years')
    expect(await refusalOf("DELETE FROM log_body WHERE statement::json->>'run' = 'held'")).to.equal('a legal hold covers this log body')
    for (const text of [
      "UPDATE log_body SET statement = '{}'",
      'TRUNCATE log_body',
      'DELETE FROM log_entry',
      'UPDATE log_entry SET kind = kind'
    ])
      expect(await refusalOf(text), text).to.match(/append-only/)
    expect(await left()).to.have.length(5)
    expect(await told('hold-placed')).to.deep.include({
      v: 1,
      kind: 'hold-placed',
      at: WORD.at.toISOString(),
      hold: id,
      from: ago(6, 300),
      until: ago(6, 100),
      officer: WORD.officer,
      reason: WORD.reason
    })
  })

  it('what is old enough goes with an entry of counts and range; what a hold covers stays until it is lifted; proofs hold', async () => {
    expect(await expireBodies(house(), six)).to.equal(2)
    expect(await left()).to.deep.equal(['held', 'not yet', 'new'])
    const [expired] = await told('bodies-expired')
    expect(expired).to.deep.include({ entries: 2, ranges: '0-0,2-2', from: ago(7), until: ago(6, 1), years: 6, policy: 'sha256:six' })
    expect(await expireBodies(house(), six), 'again').to.equal(0)
    expect(await told('bodies-expired'), 'nothing went: nothing is told').to.have.length(1)
    const [hold] = await query<{ id: string }>(log().url, 'SELECT id FROM legal_hold')
    await liftLegalHold(log().pool, hold?.id ?? '', WORD)
    expect(await expireBodies(house(), six)).to.equal(1)
    expect(await left()).to.deep.equal(['not yet', 'new'])
    await log().place()
    expect(await faultsOf(log().url)).to.deep.equal([])
  })

  it('a hold is lifted once, and never changed, shortened or removed, whoever asks', async () => {
    const id = await placeLegalHold(log().pool, { first: null, last: null }, WORD)
    for (const text of [
      "UPDATE legal_hold SET last = '2000-01-01' WHERE id = $1",
      'UPDATE legal_hold SET reason = officer, lifted_at = now() WHERE id = $1',
      'DELETE FROM legal_hold WHERE id = $1'
    ])
      expect(await refusalOf(text, [id]), text).to.equal('the log is append-only')
    await liftLegalHold(log().pool, id, WORD)
    expect(await refusalOf('UPDATE legal_hold SET lifted_at = NULL WHERE id = $1', [id])).to.equal('the log is append-only')
  })

  it('a hold without a name or reason, that ends before it begins, or that is not there, is refused', async () => {
    const refusals = [
      placeLegalHold(log().pool, { first: null, last: null }, { ...WORD, officer: ' ' }),
      placeLegalHold(log().pool, { first: null, last: null }, { ...WORD, reason: '' }),
      placeLegalHold(log().pool, { first: new Date(NOW), last: new Date(NOW - DAY) }, WORD),
      liftLegalHold(log().pool, randomUUID(), WORD),
      liftLegalHold(log().pool, "x' OR '1'='1", WORD)
    ].map((refused) =>
      refused.then(
        () => 'done',
        (error: { code: string }) => error.code
      )
    )
    expect(await Promise.all(refusals)).to.deep.equal(['bad-request', 'bad-request', 'bad-request', 'not-found', 'not-found'])
  })
})

describe('exchange/log-retention: a hold of everything', () => {
  const log = useLog()
  const house = (): Parameters<typeof expireBodies>[0] => ({ ...log(), now: () => new Date(NOW) })

  it('a hold without end from the beginning keeps everything', async () => {
    await log().add('gateway-started', ago(9), { run: 'very old' })
    await log().place()
    await placeLegalHold(log().pool, { first: null, last: null }, WORD)
    expect(await expireBodies(house(), six)).to.equal(0)
    const [hold] = await query<{ id: string }>(log().url, 'SELECT id FROM legal_hold WHERE lifted_at IS NULL')
    await liftLegalHold(log().pool, hold?.id ?? '', WORD)
    expect(await expireBodies(house(), six)).to.equal(1)
  })
})

describe('exchange/log-retention: a hold meanwhile', () => {
  const log = useLog()
  const house = (): Parameters<typeof expireBodies>[0] => ({ ...log(), now: () => new Date(NOW) })

  it('a hold placed while bodies are being deleted waits for the batch, and holds from its commit on', async () => {
    await log().add('gateway-started', ago(9), { run: 'going' })
    await log().place()
    await prepareStops(log().url)
    const stopped = await stopAt(log().url, { table: 'log_body', event: 'DELETE' }, 'in the middle')
    const expiring = expireBodies(house(), six)
    await stopped.reached()
    const states = { placed: false }
    const placing = placeLegalHold(log().pool, { first: null, last: null }, WORD).then((id) => {
      states.placed = true
      return id
    })
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(states.placed, 'it says nothing of what is being deleted').to.equal(false)
    await stopped.release()
    expect(await expiring).to.equal(1)
    await placing
    expect(await query(log().url, "SELECT 1 FROM log_body WHERE statement::json->>'run' = 'going'")).to.deep.equal([])
  })
})
