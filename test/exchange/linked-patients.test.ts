/**
 * Patients that are linked (R4 Patient.link: the same actual patient under another id, as after a merge): a no under the one name holds for the records under the other,
 * before the release and after it; a yes, a roster's, does not.
 */
import { expect } from 'chai'
import { after, before } from 'mocha'
import { EVERYTHING } from '../../gateway/core/consent/rule.ts'
import { changeConsent } from '../../gateway/exchange/consent/consent-changes.ts'
import { optOuts, patientOf, saidBy } from '../../gateway/exchange/consent/opt-outs.ts'
import { AT_ONCE, makeSite, type Site } from '../support/gateway.ts'
import { AS_HOSPITAL, type Inside, openInside } from '../support/inside.ts'
import { useDatabase } from '../support/postgres.ts'
import { condition, ndjson, patient, ward } from '../support/records.ts'

const AGREEMENT = 'demo-safe-harbor'
const PARTY = 'demo-hospital'

describe('exchange: Patient.link', function () {
  this.timeout(60_000)
  const database = useDatabase()
  let site: Site
  let inside: Inside
  before(async () => {
    site = makeSite(database(), { [AGREEMENT]: AT_ONCE, 'demo-transport-only': null })
    inside = await openInside(site, database().url)
  })
  after(async () => {
    await inside?.stop()
    site?.remove()
  })

  const ring = () => inside.ring
  const saysNo = (id: string) => {
    const said = [saidBy(ring(), patientOf(PARTY, id, []), EVERYTHING)]
    return changeConsent(inside.pool, ring(), said, {
      party: PARTY,
      change: 'opt-out',
      account: 'test',
      at: new Date(),
      parties: new Set([PARTY])
    })
  }
  const linked = (id: string, ...links: readonly (readonly [type: string, reference: string])[]) => [
    { ...patient(id), link: links.map(([type, reference]) => ({ type, other: { reference } })) },
    condition(`${id}-c`, id)
  ]
  /** What became of the datasets of a submission, once so many are ready. */
  const outcome = (submission: string, many: number) =>
    inside.release(async () => {
      const { agreements } = await inside.submissions.view(AS_HOSPITAL, submission)
      const told = agreements.map(({ state, released, withheld }) => ({ state, released, withheld }))
      return told.length === many && told.at(-1)?.state === 'ready' ? told : null
    })

  it('a no under the id that remains keeps back the records under the one that was merged into it, and the other way round', async () => {
    for (const id of ['gone', 'left', 'same']) await saysNo(id)
    const lines = [
      ...ward('w', 8),
      ...linked('old', ['replaced-by', 'Patient/left']),
      ...linked('new', ['replaces', 'Patient/gone/_history/2']),
      ...linked('both', ['seealso', 'Patient/nobody'], ['refer', 'https://fhir.demo-hospital.example/r4/Patient/same'])
    ]
    const submission = await inside.send(AGREEMENT, ndjson(lines))
    expect(await outcome(submission, 1)).to.deep.equal([{ state: 'ready', released: 16, withheld: { 'opted-out': 6 } }])
    const names = (await optOuts(inside.pool, ring(), null)).map((row) => row.patient).sort()
    expect(names, 'the list has only what was said').to.deep.equal(['Patient/gone', 'Patient/left', 'Patient/same'])
  })

  it('a later no under the one withdraws what was made of the other; a link to somebody else, or that names nobody, stops nothing', async () => {
    const lines = [
      ...ward('v', 8),
      ...linked('first', ['replaced-by', 'Patient/second']),
      ...linked('third', ['seealso', 'Patient/fourth'], ['seealso', 'Patient?identifier=second'], ['seealso', 'RelatedPerson/second'])
    ]
    const submission = await inside.send(AGREEMENT, ndjson(lines))
    expect((await outcome(submission, 1))[0]).to.deep.include({ state: 'ready', released: 20 })
    expect((await saysNo('second')).withdrawn).to.be.above(0)
    expect((await outcome(submission, 2)).at(-1)).to.deep.include({ state: 'ready', released: 18 })
  })
})
