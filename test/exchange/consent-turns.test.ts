/**
 * A Consent whose denial begins later, on a real database: what was made before and nobody asked for is withdrawn on its day and cut again without the patient, and of
 * what was delivered the surrogate is named for deletion; not a day earlier, and once.
 */
import { expect } from 'chai'
import { readLines } from '../../gateway/core/consent/lines.ts'
import { turnConsents } from '../../gateway/exchange/consent/consent-turns.ts'
import { loadConsents } from '../../gateway/exchange/consent/opt-outs.ts'
import { AT_ONCE, makeSite } from '../support/gateway.ts'
import { query } from '../support/house.ts'
import { AS_HOSPITAL, openInside } from '../support/inside.ts'
import { useDatabase } from '../support/postgres.ts'
import { ndjson, ward } from '../support/records.ts'

const DAY_MS = 86_400_000
const TERMINOLOGY = 'http://terminology.hl7.org/CodeSystem/'

function later(days: number): Date {
  return new Date(Date.now() + days * DAY_MS)
}

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10)
}

function denial(of: string, from: Date): string {
  return JSON.stringify({
    resourceType: 'Consent',
    id: `${of}-c`,
    status: 'active',
    scope: { coding: [{ system: `${TERMINOLOGY}consentscope`, code: 'patient-privacy' }] },
    category: [{ coding: [{ system: `${TERMINOLOGY}v3-ActCode`, code: 'INFAO' }] }],
    patient: { reference: `Patient/${of}` },
    policyRule: { coding: [{ system: `${TERMINOLOGY}v3-ActCode`, code: 'OPTIN' }] },
    provision: { type: 'deny', period: { start: dayOf(from) } }
  })
}

describe('exchange/consent-turns', function () {
  this.timeout(60_000)
  const database = useDatabase()

  it('on the day a denial begins it is taken up, as if it were said then', async () => {
    const site = makeSite(database(), { 'demo-safe-harbor': AT_ONCE, 'demo-transport-only': null })
    const inside = await openInside(site, database().url)
    const { ring } = inside
    const parties = new Map([['demo-hospital', {}]]) as unknown as Parameters<typeof turnConsents>[0]['policies']['parties']
    const turn = (days: number): Promise<number> => turnConsents({ pool: inside.pool, ring, now: () => later(days), policies: { parties } })
    const deny = async (of: string, days: number): Promise<object> => {
      const lines = readLines(denial(of, later(days)), { recipients: new Set(), ownBases: [] })
      const about = { change: 'opt-out', account: 'test', at: new Date(), parties: new Set(parties.keys()) } as const
      return loadConsents(inside.pool, ring, { id: 'demo-hospital', fhirBases: [] }, lines, about)
    }
    try {
      const submission = await inside.send('demo-safe-harbor', ndjson(ward('turn', 8)))
      const ready = (many: number) =>
        inside.release(async () => {
          const { agreements } = await inside.submissions.view(AS_HOSPITAL, submission)
          return agreements.length === many && agreements.at(-1)?.state === 'ready' ? agreements : null
        })
      await ready(1)
      expect(await deny('turn0', 10)).to.deep.include({ changed: 1, unknown: 0, withdrawn: 0 })
      expect([await turn(0), await turn(8)]).to.deep.equal([0, 0])
      inside.setClock(later(9))
      expect([await turn(9), await turn(9), await turn(30)], 'a day early, and once').to.deep.equal([1, 0, 0])
      const again = await ready(2)
      expect(again.map(({ state, released, withheld }) => ({ state, released, withheld }))).to.deep.equal([
        { state: 'withdrawn', released: 16, withheld: {} },
        { state: 'ready', released: 14, withheld: { 'opted-out': 2 } }
      ])
      // what was handed out whole is named for deletion
      await query(database().url, "UPDATE disclosure SET fetched_at = now(), acknowledged_at = now() WHERE state = 'ready'")
      await deny('turn1', 20)
      const deleted = (): Promise<unknown[]> => query(database().url, 'SELECT 1 FROM surrogate_deleted')
      expect([await turn(18), (await deleted()).length]).to.deep.equal([0, 0])
      expect([await turn(19), (await deleted()).length]).to.deep.equal([1, 1])
    } finally {
      await inside.stop()
      site.remove()
    }
  })
})
