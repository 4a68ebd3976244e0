/**
 * A roster that comes with a submission, on a real database: the Group among the records decides for the dataset of that submission, as it stood when it was closed; a
 * Group of others, two that differ, none, and a huge one.
 */
import { expect } from 'chai'
import { after, before } from 'mocha'
import { AT_ONCE, makeSite, type Site } from '../support/gateway.ts'
import { query } from '../support/house.ts'
import { type Ended, type Inside, openInside } from '../support/inside.ts'
import { useDatabase } from '../support/postgres.ts'
import { bundle, ndjson, ward } from '../support/records.ts'

type Line = ReturnType<typeof ward>[number]

const NOBODY = { state: 'empty', released: 0, withheld: { 'not-on-roster': 12 } }

function groupOf(members: readonly string[], more: object = {}): Line {
  const member = members.map((id) => ({ entity: { reference: `Patient/${id}` } }))
  return { resourceType: 'Group', id: 'members', type: 'person', actual: true, active: true, member, ...more } as Line
}

function ids(prefix: string, many: number): string[] {
  return Array.from({ length: many }, (_, n) => `${prefix}${n}`)
}

describe('exchange/submitted-roster', function () {
  this.timeout(120_000)
  const database = useDatabase()
  let site: Site
  let inside: Inside
  before(async () => {
    site = makeSite(database(), { 'demo-safe-harbor': { ...AT_ONCE, roster: { submitted: 'members' } }, 'demo-transport-only': null })
    inside = await openInside(site, database().url)
  })
  after(async () => {
    await inside.stop()
    site.remove()
  })

  const send = (lines: readonly Line[]): Promise<string> => inside.send('demo-safe-harbor', ndjson(lines))
  async function released(lines: readonly Line[]): Promise<Ended> {
    const submission = await send(lines)
    return inside.release(() => inside.ended(submission))
  }

  it('its members leave, the others are left out whole; wherever in the submission it stands', async () => {
    expect(await released([...ward('a', 6), groupOf(ids('a', 4))])).to.deep.include({
      state: 'ready',
      released: 8,
      withheld: { 'not-on-roster': 4, 'type-not-agreed': 1 }
    })
  })

  it('11,000 members decide as four do; 100,000 are more than a record may be here, so it is refused and nobody is on it', async () => {
    const group = groupOf([...ids('other-', 11_000), ...ids('b', 4)])
    expect(await released([group, ...ward('b', 6)])).to.deep.include({ state: 'ready', released: 8 })
    expect(await released([groupOf(ids('o', 100_000)), ...ward('o', 6)])).to.deep.include(NOBODY)
  })

  for (const [what, prefix, lines] of [
    ['no Group at all', 'c', []],
    ['a Group of another id', 'd', [groupOf(ids('d', 6), { id: 'others' })]],
    ['two of the id that differ', 'e', [groupOf(ids('e', 6)), groupOf(ids('e', 5))]],
    ['one that is of another server, as its Bundle says', 'f', [foreign(groupOf(ids('f', 6)))]],
    ['one whose members are named by names of a Bundle', 'g', [groupOf([], { member: ids('g', 6).map(byName) })]],
    ['one that is not active', 'h', [groupOf(ids('h', 6), { active: false })]]
  ] as const)
    it(`${what}: nobody is on it`, async () => {
      const found = await released([...lines, ...ward(prefix, 6)])
      expect({ ...found, withheld: found.withheld['not-on-roster'] }).to.deep.include({ ...NOBODY, withheld: 12 })
    })

  function byName(id: string): object {
    return { entity: { reference: `urn:uuid:${id}` } }
  }
  function foreign(group: Line): Line {
    const { entry, ...rest } = bundle([group]) as Line & { entry: { resource: Line }[] }
    return { ...rest, entry: entry.map((one) => ({ ...one, fullUrl: 'https://other.example/fhir/Group/members' })) } as unknown as Line
  }

  it('swapped in mid-job: what a later submission names lets nobody of an earlier one in or out', async () => {
    const first = await send([groupOf(ids('s', 6)), ...ward('s', 6)])
    const second: string[] = []
    const begin = (kind: string): void => {
      if (kind === 'bucket' && second.length === 0) second.push('sent')
    }
    const found = await inside.release(async () => {
      if (second[0] === 'sent') second[0] = await send([groupOf(['nobody']), ...ward('t', 6)])
      return inside.ended(first)
    }, begin)
    expect(found).to.deep.include({ state: 'ready', released: 12 })
    const later = second[0] ?? (await send([groupOf(['nobody']), ...ward('t', 6)]))
    expect((await inside.release(() => inside.ended(later))).withheld['not-on-roster']).to.equal(12)
  })

  it('of two submissions in one dataset each decides for what it brought: a patient whom one of them does not name stays in', async () => {
    const one = await send([groupOf(ids('u', 6)), ...ward('u', 6)])
    await send([groupOf(ids('u', 5)), ...ward('u', 6)])
    const found = await inside.release(() => inside.ended(one))
    expect(found.state).to.equal('ready')
    expect(found.released).to.equal(10)
    expect(found.withheld['not-on-roster']).to.equal(2)
  })

  it('what was closed stays as it was, for a replay asks again: whom it named is kept by an HMAC alone, once the key of the submission is gone', async () => {
    const kept = (): Promise<{ key: Buffer }[]> =>
      query(database().url, 'SELECT key FROM submitted_member WHERE submission = $1 ORDER BY key', [submission])
    const submission = await send([groupOf(ids('v', 6)), ...ward('v', 6)])
    const before = await kept()
    expect(before.map(({ key }) => key.length)).to.deep.equal(Array(6).fill(32))
    const destroyed = async (): Promise<true | null> => {
      const [row] = await query<{ state: string }>(database().url, 'SELECT state FROM submission WHERE id = $1', [submission])
      return row?.state === 'destroyed' ? true : null
    }
    await inside.release(destroyed)
    expect(await kept()).to.deep.equal(before)
  })
})
