/**
 * One party that sends for another (an accountable care organisation for its practices), as an agreement names it: what it sends is the other's, to the last; nobody
 * else may, and who is named no more sees nothing of it.
 */
import { Readable } from 'node:stream'
import { expect } from 'chai'
import type { Caller } from '../../gateway/exchange/doors.ts'
import { refusal } from '../support/agreements.ts'
import { entriesIn } from '../support/entries.ts'
import { AT_ONCE } from '../support/gateway.ts'
import { addParty, query, writeAgreement } from '../support/house.ts'
import { AS_HOSPITAL, useInside } from '../support/inside.ts'
import { ndjson, ward } from '../support/records.ts'

const AS_ACO: Caller = { ...AS_HOSPITAL, party: 'acme-aco' }
const AS_OTHER: Caller = { ...AS_HOSPITAL, party: 'other-hospital' }
const ID = 'practice'

describe('exchange: one party sends for another', function () {
  this.timeout(120_000)
  const house = useInside((site) => {
    addParty(addParty(site, 'acme-aco', 'hospital'), 'other-hospital', 'hospital')
    writeAgreement(site, ID, { version: 1, senders: ['acme-aco'], k: 2, ...AT_ONCE })
  })

  const text = ndjson(ward('a', 3))
  const file = { name: 'data.ndjson', gzip: false, idempotencyKey: null } as const
  const body = (): Readable => Readable.from([Buffer.from(text)])

  async function statement(kind: string, submission: string): Promise<Readonly<Record<string, unknown>>> {
    const one = (await entriesIn(house().url, kind)).find((entry) => entry['submission'] === submission)
    if (one === undefined) throw new Error('no such entry')
    return one
  }
  async function patients(): Promise<number> {
    const [row] = await query<{ count: string }>(house().url, 'SELECT count(*) FROM crosswalk')
    return Number(row?.count)
  }
  const released = async (submission: string): Promise<string> =>
    (await house().inside.release(() => house().inside.ended(submission))).state
  async function sendAsAco(key = 'one-key'): Promise<string> {
    const { id } = await house().inside.submissions.open(AS_ACO, ID, key)
    await house().inside.submissions.upload(AS_ACO, id, { ...file, body: body() })
    await house().inside.submissions.close(AS_ACO, id)
    return id
  }

  it('what it sends is the same as if the source had sent it: the same patients, the same source, and the entry says who sent', async () => {
    const own = await house().inside.send(ID, text)
    expect(await released(own)).to.equal('ready')
    const known = await patients()
    expect(known).to.be.above(0)
    const acting = await sendAsAco()
    expect(await released(acting), 'the source sees it as its own').to.equal('ready')
    expect(await patients(), 'nobody became another').to.equal(known)
    expect(await statement('submission-opened', acting)).to.include({ party: 'demo-hospital', sentBy: 'acme-aco' })
    expect(await statement('submission-opened', own))
      .to.include({ party: 'demo-hospital' })
      .and.not.have.property('sentBy')
    expect((await house().inside.submissions.view(AS_ACO, acting)).id).to.equal(acting)
    const [{ party }] = (await query<{ party: string }>(house().url, 'SELECT DISTINCT party FROM subject_key')) as [{ party: string }]
    expect(party, 'in the accountings of the source').to.equal('demo-hospital')
  })

  it('only what it opened itself, only under an agreement that names it, and never by leaving the agreement out', async () => {
    const own = await house().inside.send(ID, text)
    expect(await refusal(() => house().inside.submissions.view(AS_ACO, own)), "the source's own").to.equal('not-found')
    expect(await refusal(() => house().inside.submissions.upload(AS_ACO, own, { ...file, body: body() }))).to.equal('not-found')
    expect(await refusal(() => house().inside.submissions.open(AS_ACO, null, null))).to.equal('agreement-unknown')
    expect(await refusal(() => house().inside.submissions.open(AS_ACO, 'demo-safe-harbor', null))).to.equal('agreement-unknown')
    expect(await refusal(() => house().inside.submissions.open(AS_OTHER, ID, null))).to.equal('agreement-unknown')
    const { id } = await house().inside.submissions.open(AS_ACO, ID, null)
    for (const act of ['view', 'close'] as const)
      expect(await refusal(() => house().inside.submissions[act](AS_OTHER, id)), act).to.equal('not-found')
  })

  it('who sends for another sees what it sent: of a dataset with more in it no totals, for what remains is of others', async () => {
    const others = await house().inside.submissions.open(AS_HOSPITAL, ID, null)
    await house().inside.submissions.upload(AS_HOSPITAL, others.id, { ...file, body: body() })
    const { id } = await house().inside.submissions.open(AS_ACO, ID, null)
    await house().inside.submissions.upload(AS_ACO, id, { ...file, body: body() })
    await house().inside.submissions.close(AS_HOSPITAL, others.id)
    const closed = await house().inside.submissions.close(AS_ACO, id)
    expect(await released(id)).to.equal('ready')
    const [whole] = (await house().inside.submissions.view(AS_HOSPITAL, id)).agreements
    const seen = await house().inside.submissions.view(AS_ACO, id)
    const sent = text.trimEnd().split('\n').length
    expect([seen.received, seen.agreements[0]?.dataset]).to.deep.equal([sent, whole?.dataset])
    expect(whole?.received, 'the source sees all of it').to.be.above(sent)
    for (const { agreements } of [seen, closed])
      expect(agreements[0]).to.not.have.any.keys('received', 'released', 'held', 'withheld', 'rejected')
    const alone = await sendAsAco('another-key')
    expect(await released(alone)).to.equal('ready')
    expect((await house().inside.submissions.view(AS_ACO, alone)).agreements[0]?.received, 'nothing else is in it').to.equal(sent)
  })

  it('its words for a submission are its own: the same Idempotency-Key of the source opens another', async () => {
    const [first, again, other] = [
      await house().inside.submissions.open(AS_ACO, ID, 'two'),
      await house().inside.submissions.open(AS_ACO, ID, 'two'),
      await house().inside.submissions.open(AS_HOSPITAL, ID, 'two')
    ]
    expect([again.id === first.id, other.id === first.id]).to.deep.equal([true, false])
  })

  it('named no more by a newer version, it sends nothing more and sees nothing of what it sent', async () => {
    const { id } = await house().inside.submissions.open(AS_ACO, ID, null)
    writeAgreement(house().site, ID, { version: 2, k: 2, ...AT_ONCE })
    await house().inside.readPolicies()
    expect(await refusal(() => house().inside.submissions.open(AS_ACO, ID, null))).to.equal('agreement-unknown')
    expect(await refusal(() => house().inside.submissions.upload(AS_ACO, id, { ...file, body: body() }))).to.equal('not-found')
    expect(await refusal(() => house().inside.submissions.close(AS_ACO, id))).to.equal('not-found')
    expect((await house().inside.submissions.view(AS_HOSPITAL, id)).id, 'the source still does').to.equal(id)
  })
})
