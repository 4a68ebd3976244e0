/**
 * A phase that begins between the record of a dataset and its download. What was released is recorded under the terms of its moment, and is fetched whole; what is released
 * later leaves by the phase. Nor does a query by time take a dataset apart. Real database, files and threads; only the clock is the test's.
 */
import { expect } from 'chai'
import { AT_ONCE, makeSite } from '../support/gateway.ts'
import { AS_INSURER, type Inside, openInside } from '../support/inside.ts'
import { useDatabase } from '../support/postgres.ts'
import { ndjson, ward } from '../support/records.ts'

const ID = 'demo-safe-harbor'
const day = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
/** The day after tomorrow. */
const LATER = day(2)
const narrow = { name: 'narrow', from: LATER, to: day(10), resources: { Patient: ['gender'] } }

async function released(inside: Inside, submission: string): Promise<void> {
  const ended = await inside.release(() => inside.ended(submission))
  expect(ended.state).to.equal('ready')
}

/** Types and counts of what an export lists, each file fetched to its end. */
async function fetched(inside: Inside, since: string | null): Promise<string[]> {
  const { job } = await inside.exports.kickOff(AS_INSURER, { agreement: ID, since, types: [] })
  const status = await inside.exports.status(AS_INSURER, job)
  if (status.state !== 'done') throw new Error('it is still running')
  const told: string[] = []
  for (const { name, type, count } of status.files) {
    const download = await inside.exports.file(AS_INSURER, job, name)
    let bytes = 0
    for await (const chunk of await download.start(0)) bytes += (chunk as Buffer).length
    told.push(`${type} ${count} ${bytes === download.bytes ? 'whole' : 'cut'}`)
  }
  return told.sort()
}

describe('exchange: a phase that begins between record and download', function () {
  this.timeout(60_000)
  const database = useDatabase()

  it('what was recorded before is fetched whole, by its terms; what is released in the phase leaves by the phase; _since takes neither apart', async () => {
    const site = makeSite(database(), { [ID]: { ...AT_ONCE, k: 2, phases: [narrow] }, 'demo-transport-only': null })
    const inside = await openInside(site, database().url)
    try {
      const start = new Date(Date.now() - 1000).toISOString()
      const sent = (name: string): Promise<string> => inside.send(ID, ndjson(ward(name, 11)))
      await released(inside, await sent('early'))
      const late = await sent('late')
      inside.setClock(new Date(`${LATER}T00:00:00Z`))
      const early = ['Condition 11 whole', 'Patient 11 whole']
      expect(await fetched(inside, null)).to.deep.equal(early)
      await released(inside, late)
      expect(await fetched(inside, null)).to.deep.equal([...early, 'Patient 11 whole'])
      // moments of release, never of what is in a record: a dataset is listed whole or not at all
      expect(await fetched(inside, start)).to.deep.equal([...early, 'Patient 11 whole'])
      expect(await fetched(inside, new Date(Date.now() + 86_400_000 * 3).toISOString())).to.deep.equal([])
    } finally {
      await inside.stop()
      site.remove()
    }
  })
})
