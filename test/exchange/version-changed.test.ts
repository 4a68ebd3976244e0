/**
 * Another version of the agreement comes into force while a dataset is on its way: what the new one withholds does not leave by the old. Real database, files and
 * threads; the dataset is held where its shards are made until the new version stands.
 */
import { expect } from 'chai'
import { codeOf } from '../../gateway/core/errors.ts'
import { AT_ONCE, makeSite } from '../support/gateway.ts'
import { writeAgreement } from '../support/house.ts'
import { AS_HOSPITAL, AS_INSURER, type Ended, openInside } from '../support/inside.ts'
import { useDatabase } from '../support/postgres.ts'
import { ndjson, ward } from '../support/records.ts'
import { prepareStops, stopAt } from '../support/stops.ts'

const VERSIONS: readonly {
  readonly says: string
  readonly changes: Readonly<Record<string, unknown>>
  readonly expected: Omit<Ended, 'dataset'>
}[] = [
  {
    says: 'refused where the one in force by now lets less leave',
    changes: { resources: { Patient: ['gender'] } },
    expected: { state: 'refused', released: 0, withheld: { 'agreement-changed': 6 } }
  },
  {
    says: 'refused where groups must be larger by now',
    changes: { k: 5 },
    expected: { state: 'refused', released: 0, withheld: { 'agreement-changed': 6 } }
  },
  {
    says: 'recorded where nothing less leaves by the new one',
    changes: { dispute: { contact: 'disputes@hospital.example', days: 30 } },
    expected: { state: 'ready', released: 6, withheld: {} }
  }
]

for (const { says, changes, expected } of VERSIONS) {
  describe('exchange: a version that comes into force while a dataset is on its way', function () {
    this.timeout(40_000)
    const database = useDatabase()

    it(says, async () => {
      const site = makeSite(database(), { 'demo-safe-harbor': AT_ONCE, 'demo-transport-only': null })
      const inside = await openInside(site, database().url)
      await prepareStops(database().url)
      try {
        const submission = await inside.send('demo-safe-harbor', ndjson(ward('v', 3)))
        const stopped = await stopAt(database().url, { table: 'shard', event: 'UPDATE', when: 'NEW.file IS NOT NULL' }, 'in the middle')
        const found = inside.release(() => inside.ended(submission))
        await stopped.reached()
        writeAgreement(site, 'demo-safe-harbor', { ...AT_ONCE, ...changes })
        await inside.readPolicies()
        await stopped.release()
        expect(await found).to.deep.include(expected)
      } finally {
        await inside.stop()
        site.remove()
      }
    })
  })
}

describe('exchange: a version that comes into force when a dataset is ready', function () {
  this.timeout(60_000)
  const database = useDatabase()

  it('one under which nothing less leaves takes nothing back; one under which less leaves lets no file of it go any more', async () => {
    const site = makeSite(database(), { 'demo-safe-harbor': AT_ONCE, 'demo-transport-only': null })
    const inside = await openInside(site, database().url)
    try {
      const submission = await inside.send('demo-safe-harbor', ndjson(ward('r', 3)))
      const dataset = await inside.release(async () => {
        const [disclosure] = (await inside.submissions.view(AS_HOSPITAL, submission)).agreements
        return disclosure?.state === 'ready' ? disclosure.dataset : null
      })
      const { job } = await inside.exports.kickOff(AS_INSURER, { agreement: 'demo-safe-harbor', since: null, types: [] })
      const fetched = async (): Promise<string> => {
        const status = await inside.exports.status(AS_INSURER, job)
        const listed = status.state === 'done' ? status.files.length : -1
        const code = await inside.exports.manifest(AS_INSURER, dataset).then(
          () => 'given',
          (error: unknown) => codeOf(error)
        )
        return `${listed > 0 ? 'listed' : 'none'} ${code}`
      }
      expect(await fetched()).to.equal('listed given')
      writeAgreement(site, 'demo-safe-harbor', { ...AT_ONCE, dispute: { contact: 'disputes@hospital.example', days: 30 } })
      await inside.readPolicies()
      expect(await fetched()).to.equal('listed given')
      writeAgreement(site, 'demo-safe-harbor', { ...AT_ONCE, resources: { Patient: ['gender'] } })
      await inside.readPolicies()
      expect(await fetched()).to.equal('none agreement-changed')
    } finally {
      await inside.stop()
      site.remove()
    }
  })
})
