/**
 * Who may take a denial back: whoever said it, and by a later word. A party that sends for a source adds denials and takes back its own; an older version of a Consent
 * that comes again lifts nothing. Both are told, and the entry says who sent, and which way it went.
 */
import { Readable } from 'node:stream'
import { expect } from 'chai'
import { readLines } from '../../gateway/core/consent/lines.ts'
import { codeOf } from '../../gateway/core/errors.ts'
import { loadConsents, optOuts } from '../../gateway/exchange/consent/opt-outs.ts'
import { openConsents } from '../../gateway/exchange/consent/submitted-consents.ts'
import type { Caller } from '../../gateway/exchange/doors.ts'
import type { House } from '../../gateway/exchange/house.ts'
import { entriesIn } from '../support/entries.ts'
import { AT_ONCE } from '../support/gateway.ts'
import { addParty, writeAgreement } from '../support/house.ts'
import { AS_HOSPITAL, useInside } from '../support/inside.ts'

const AS_ACO: Caller = { ...AS_HOSPITAL, party: 'acme-aco' }
const TERMINOLOGY = 'http://terminology.hl7.org/CodeSystem/'

function consent(id: string, status: string, lastUpdated?: string): string {
  return JSON.stringify({
    resourceType: 'Consent',
    id,
    ...(lastUpdated === undefined ? {} : { meta: { lastUpdated } }),
    status,
    scope: { coding: [{ system: `${TERMINOLOGY}consentscope`, code: 'patient-privacy' }] },
    category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
    policyRule: { coding: [{ system: `${TERMINOLOGY}v3-ActCode`, code: 'OPTOUT' }] },
    patient: { reference: `Patient/of-${id}` }
  })
}

describe('exchange/submitted-consents: who takes a denial back', function () {
  this.timeout(60_000)
  const house = useInside((site) => {
    addParty(site, 'acme-aco', 'hospital')
    writeAgreement(site, 'practice', { version: 1, senders: ['acme-aco'], k: 2, ...AT_ONCE })
  })

  /** The codes that are told of one file of these lines. */
  async function send(caller: Caller, ...lines: readonly string[]): Promise<string[]> {
    const { id } = await house().inside.submissions.open(caller, 'practice', null)
    const body = Readable.from([Buffer.from(`${lines.join('\n')}\n`)])
    await house().inside.submissions.upload(caller, id, { name: 'c.ndjson', body, gzip: false, idempotencyKey: null })
    const told: string[] = []
    for await (const { line, code } of house().inside.submissions.issues(caller, id)) told.push(`${line} ${code}`)
    return told
  }
  const ring = () => house().inside.ring
  /** How many rows of the list are of the patient of this Consent. */
  async function denials(id: string): Promise<number> {
    return (await optOuts(house().inside.pool, ring(), null)).filter(({ patient }) => patient === `Patient/of-${id}`).length
  }
  const entries = () => entriesIn(house().url, 'consent-changed')

  it('a party that sends for another takes back nothing that the source said, with a newer version or another status: told, and it stays', async () => {
    expect(await send(AS_HOSPITAL, consent('c1', 'active'))).to.deep.equal([])
    for (const [status, lastUpdated] of [['inactive'], ['entered-in-error'], ['inactive', '2099-01-01T00:00:00Z']] as const) {
      expect(await send(AS_ACO, consent('c1', status, lastUpdated))).to.deep.equal(['1 denial-stands'])
      expect(await denials('c1')).to.equal(1)
    }
    expect(await send(AS_HOSPITAL, consent('c1', 'inactive')), 'the source itself').to.deep.equal([])
    expect(await denials('c1')).to.equal(0)
  })

  it('what it adds holds, it takes back its own, and the source does not by the way; the entries say who sent and which way it went', async () => {
    const before = (await entries()).length
    expect(await send(AS_ACO, consent('c2', 'active'))).to.deep.equal([])
    expect(await denials('c2')).to.equal(1)
    await send(AS_HOSPITAL, consent('c2', 'inactive'))
    expect(await denials('c2'), 'of the source nothing stood').to.equal(1)
    await send(AS_HOSPITAL, consent('c2', 'active'))
    expect(await denials('c2')).to.equal(2)
    await send(AS_ACO, consent('c2', 'inactive'))
    expect(await denials('c2')).to.equal(1)
    const told = (await entries())
      .slice(before)
      .map(({ party, sentBy, account, change, subjects }) => ({ party, sentBy, account, change, subjects }))
    const [aco, own] = [
      { party: 'demo-hospital', sentBy: 'acme-aco', account: 'party acme-aco', subjects: 1 },
      { party: 'demo-hospital', sentBy: undefined, account: 'party demo-hospital', subjects: 1 }
    ]
    expect(told).to.have.deep.members([
      { ...aco, change: 'opt-out' },
      { ...own, change: 'opt-out' },
      { ...aco, change: 'opt-in' }
    ])
  })

  it('an older version sent again lifts nothing, by meta.lastUpdated; a newer one does, and the same one does', async () => {
    await send(AS_HOSPITAL, consent('c3', 'active', '2026-03-01T10:00:00Z'))
    for (const older of ['2026-02-01T00:00:00Z', '2026-03-01T10:00:00+01:00'])
      expect(await send(AS_HOSPITAL, consent('c3', 'draft', older)), older).to.deep.equal(['1 denial-stands'])
    expect(await send(AS_HOSPITAL, consent('c3', 'inactive')), 'one that does not say when').to.deep.equal(['1 denial-stands'])
    expect(await denials('c3')).to.equal(1)
    expect(await send(AS_HOSPITAL, consent('c3', 'inactive', '2026-03-01T10:00:00Z'))).to.deep.equal([])
    expect(await denials('c3')).to.equal(0)
  })

  it('of two versions in one file the later one holds, whichever comes first', async () => {
    for (const [id, first, last] of [
      ['c4', 'older', 'newer'],
      ['c6', 'newer', 'older']
    ] as const) {
      const versions = { older: consent(id, 'inactive', '2026-02-01T00:00:00Z'), newer: consent(id, 'active', '2026-03-01T00:00:00Z') }
      await send(AS_HOSPITAL, versions[first], versions[last])
      expect(await denials(id)).to.equal(1)
    }
  })

  it('a list tells it by its line, by dateTime too; an opt-in that was asked for takes back whatever stands', async () => {
    const load = (change: 'opt-out' | 'opt-in', text: string) => {
      const about = { change, account: 'desk', at: new Date(), parties: new Set<string>() }
      const lines = readLines(text, { recipients: new Set(), ownBases: [] })
      return loadConsents(house().inside.pool, ring(), { id: 'demo-hospital', fhirBases: [] }, lines, about)
    }
    const of = (status: string, dateTime: string) => consent('c5', status).replace('"status"', `"dateTime":"${dateTime}","status"`)
    expect(await load('opt-out', of('active', '2026-03'))).to.deep.include({ changed: 1, unknown: 1, refused: 0 })
    expect(await load('opt-out', `x1\n${of('inactive', '2026-02-20')}`)).to.deep.include({
      changed: 1,
      refused: 1,
      faults: [{ line: 2, code: 'denial-stands' }]
    })
    expect(await load('opt-out', of('active', '2026-03')), 'the same again').to.deep.include({ changed: 0, unknown: 0, refused: 0 })
    expect(await load('opt-in', of('active', '2026-02-20'))).to.deep.include({ changed: 1, refused: 0 })
    expect(await denials('c5')).to.equal(0)
  })

  it('POST /consents by a party that only sends for others is refused: kept under its own name it would stop nothing', async () => {
    const entry = (source: string, ...senders: string[]) => [source, { agreement: { source, senders } }] as const
    const door = (...entries: readonly (readonly [string, object])[]) =>
      openConsents({ policies: { agreements: new Map(entries), parties: new Map() } } as unknown as House)
    const refusal = async (...entries: readonly (readonly [string, object])[]): Promise<string> => {
      try {
        await door(...entries).load(AS_ACO, 'opt-out', 'x1')
        return 'taken'
      } catch (error) {
        return codeOf(error)
      }
    }
    expect(await refusal(entry('demo-hospital', 'acme-aco'))).to.equal('not-the-source')
    expect(await refusal(entry('demo-hospital', 'acme-aco'), entry('acme-aco')), 'the source of another: goes on to the list').to.not.equal(
      'not-the-source'
    )
  })
})
