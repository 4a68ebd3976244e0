/**
 * A phase that begins, and a roster that is swapped, while a dataset is on its way: the later terms hold, and the narrower where both could. Real database, files and
 * threads; only the clock is the test's.
 */
import { expect } from 'chai'
import { AT_ONCE, makeSite } from '../support/gateway.ts'
import { type Ended, openInside } from '../support/inside.ts'
import { agreementWith } from '../support/policies.ts'
import { useDatabase } from '../support/postgres.ts'
import { ndjson, ward } from '../support/records.ts'
import { changedRoster } from '../support/roster.ts'

const day = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
/** The day after tomorrow. */
const LATER = day(2)
const BEGUN = new Date(`${LATER}T00:00:00Z`)
const RECORDS = ndjson(ward('a', 3))
const small = { Patient: ['gender'] }

interface Way {
  readonly says: string
  readonly edits: Readonly<Record<string, unknown>>
  /** once this step is done; 'sent': all was sent */
  readonly after: 'sent' | 'gate'
  readonly clock?: Date
  readonly members?: readonly string[]
  readonly expected: Omit<Ended, 'dataset'>
}

const narrowLater = { phases: [{ name: 'narrow', from: LATER, to: day(10), resources: small }] }
/** Before its wide phase it reads as in the phase above. */
const wideLater = { resources: small, phases: [{ name: 'wide', from: LATER, to: day(10), resources: agreementWith().resources }] }
const released: Omit<Ended, 'dataset'> = { state: 'ready', released: 3, withheld: { 'type-not-agreed': 3 } }

const WAYS: readonly Way[] = [
  {
    says: 'sent before a phase and released in it, it leaves by the terms of the phase',
    edits: narrowLater,
    after: 'sent',
    clock: BEGUN,
    expected: released
  },
  {
    says: 'made by the wider terms and recorded in a narrower phase, it is refused',
    edits: narrowLater,
    after: 'gate',
    clock: BEGUN,
    expected: { state: 'refused', released: 0, withheld: { 'phase-ended': 6 } }
  },
  {
    says: 'sent before a wider phase and released in it, it leaves by the terms of the phase: those of the moment of release',
    edits: wideLater,
    after: 'sent',
    clock: BEGUN,
    expected: { state: 'ready', released: 6, withheld: {} }
  },
  {
    says: 'made before a wider phase and recorded in it, no more leaves than by the terms it was made under',
    edits: wideLater,
    after: 'gate',
    clock: BEGUN,
    expected: released
  },
  {
    says: 'made by the narrower terms and recorded when the phase is over, it leaves as it was made',
    edits: { phases: [{ name: 'narrow', from: day(-1), to: LATER, resources: small }] },
    after: 'gate',
    clock: BEGUN,
    expected: released
  },
  {
    says: 'a roster swapped after the gate lets nobody out that it does not name, and the others leave',
    edits: { k: 2, roster: { group: 'members' } },
    after: 'gate',
    members: ['a0', 'a1'],
    expected: { state: 'ready', released: 4, withheld: { 'not-on-roster': 2 } }
  }
]

for (const { says, edits, after, clock, members, expected } of WAYS) {
  describe('exchange: what begins while a dataset is on its way', function () {
    this.timeout(40_000)
    // the versions of an agreement never change in a database: one for each
    const database = useDatabase()

    it(says, async () => {
      const site = makeSite(database(), { 'demo-safe-harbor': { ...AT_ONCE, ...edits }, 'demo-transport-only': null })
      const inside = await openInside(site, database().url)
      const swaps: Promise<void>[] = []
      const begin = (): void => {
        if (clock !== undefined) inside.setClock(clock)
        if (members !== undefined && swaps.length === 0) swaps.push(changedRoster(site, inside.pool, 'members', members))
      }
      try {
        if (edits['roster'] !== undefined) await changedRoster(site, inside.pool, 'members', ['a0', 'a1', 'a2'])
        const submission = await inside.send('demo-safe-harbor', RECORDS)
        if (after === 'sent') begin()
        const found = await inside.release(
          () => inside.ended(submission),
          (kind) => {
            if (kind === after) begin()
          }
        )
        await Promise.all(swaps)
        expect(found).to.deep.include(expected)
      } finally {
        await inside.stop()
        site.remove()
      }
    })
  })
}
