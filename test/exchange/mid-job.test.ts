/** A patient who says no while a dataset is on its way: real database, files and threads. Whatever step was done, nothing of the patient leaves. */
import { expect } from 'chai'
import { EVERYTHING } from '../../gateway/core/consent/rule.ts'
import { changeConsent } from '../../gateway/exchange/consent/consent-changes.ts'
import { saidBy } from '../../gateway/exchange/consent/opt-outs.ts'
import { AT_ONCE, makeSite } from '../support/gateway.ts'
import { AS_HOSPITAL, type Inside, openInside } from '../support/inside.ts'
import { useDatabase } from '../support/postgres.ts'
import { ndjson, ward } from '../support/records.ts'

async function saysNo({ pool, ring }: Inside, id: string): Promise<void> {
  const party = 'demo-hospital'
  const said = [saidBy(ring, { party, base: '', type: 'Patient', id }, EVERYTHING)]
  await changeConsent(pool, ring, said, { party, change: 'opt-out', account: 'test', at: new Date(), parties: new Set([party]) })
}

for (const step of ['bucket', 'gate'] as const) {
  describe('exchange: an opt-out in mid-job', function () {
    this.timeout(60_000)
    const database = useDatabase()

    it(`opted-out: said once the step ${step} is done, it holds for that very dataset`, async () => {
      const site = makeSite(database(), { 'demo-safe-harbor': AT_ONCE, 'demo-transport-only': null })
      const inside = await openInside(site, database().url)
      const saying: Promise<void>[] = []
      try {
        const submission = await inside.send('demo-safe-harbor', ndjson(ward('m', 8)))
        const ended = await inside.release(
          async () => {
            const [disclosure] = (await inside.submissions.view(AS_HOSPITAL, submission)).agreements
            return disclosure?.state === 'ready' ? disclosure : null
          },
          (kind) => {
            if (kind === step && saying.length === 0) saying.push(saysNo(inside, 'm0'))
          }
        )
        await Promise.all(saying)
        expect(saying).to.have.length(1)
        // as its source is told; a recipient is not (told-to-recipient.test.ts)
        expect({ released: ended.released, withheld: ended.withheld }).to.deep.equal({ released: 14, withheld: { 'opted-out': 2 } })
      } finally {
        await inside.stop()
        site.remove()
      }
    })
  })
}

const V3 = 'http://terminology.hl7.org/CodeSystem/'

/** Says no to Conditions from a day on; before it, all may leave. */
function consentFrom(start: string, of: string): object {
  return {
    resourceType: 'Consent',
    id: 'later',
    status: 'active',
    scope: { coding: [{ system: `${V3}consentscope`, code: 'patient-privacy' }] },
    category: [{ coding: [{ system: `${V3}v3-ActCode`, code: 'INFAO' }] }],
    patient: { reference: `Patient/${of}` },
    policyRule: { coding: [{ system: `${V3}v3-ActCode`, code: 'OPTIN' }] },
    provision: { type: 'deny', period: { start }, class: [{ system: 'http://hl7.org/fhir/resource-types', code: 'Condition' }] }
  }
}

describe('exchange: a Consent whose day comes in mid-job', function () {
  this.timeout(60_000)
  const database = useDatabase()

  it('is asked as of the moment of the record, not of the bucket: what it denies is in the lines by then, so the patient is out whole', async () => {
    const site = makeSite(database(), { 'demo-safe-harbor': AT_ONCE, 'demo-transport-only': null })
    const inside = await openInside(site, database().url)
    const begins = new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10)
    try {
      const lines = [...ward('m', 8), consentFrom(begins, 'm0')] as Parameters<typeof ndjson>[0]
      const submission = await inside.send('demo-safe-harbor', ndjson(lines))
      const ended = await inside.release(
        async () => {
          const [disclosure] = (await inside.submissions.view(AS_HOSPITAL, submission)).agreements
          return disclosure?.state === 'ready' ? disclosure : null
        },
        (kind) => {
          if (kind === 'gate') inside.setClock(new Date(`${begins}T12:00:00Z`))
        }
      )
      expect({ released: ended.released, withheld: ended.withheld }).to.deep.equal({
        released: 14,
        withheld: { 'opted-out': 2, 'type-not-agreed': 1 }
      })
    } finally {
      await inside.stop()
      site.remove()
    }
  })
})
