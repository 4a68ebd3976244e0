/**
 * Rosters by name, on a real database: what is wide for a no is not for a yes. Another server's patient of the same id is another patient, and a name that stands for
 * two is on a roster when both are.
 */
import { expect } from 'chai'
import { after, before } from 'mocha'
import { membersNamed } from '../../gateway/core/agreement/roster.ts'
import type { Resource } from '../../gateway/core/fhir/resource.ts'
import { namedOn } from '../../gateway/exchange/consent/roster-file.ts'
import { AT_ONCE, makeSite, type Site } from '../support/gateway.ts'
import { type Inside, openInside } from '../support/inside.ts'
import { useDatabase } from '../support/postgres.ts'
import { condition, ndjson, patient, ward } from '../support/records.ts'
import { changedRoster } from '../support/roster.ts'

type Line = ReturnType<typeof ward>[number]

const OTHER = 'https://other.example/fhir'

/** Entries of a Bundle: of a patient that it calls `name`, and a condition. */
function called(name: string, id: string): object[] {
  const of = { ...condition(`${id}-k`, id), subject: { reference: name } }
  const base = name.startsWith('http') ? name.slice(0, name.indexOf('/Patient/')) : ''
  const conditionName = base === '' ? {} : { fullUrl: `${base}/Condition/${id}-k` }
  return [
    { fullUrl: name, resource: patient(id) },
    { ...conditionName, resource: of }
  ]
}

function bundleOf(...entry: object[]): Line {
  return { resourceType: 'Bundle', type: 'collection', entry }
}

for (const [by, roster] of [
  ['a list that was loaded', { group: 'members' }],
  ['the Group of the submission', { submitted: 'members' }]
] as const)
  describe(`exchange/roster: ${by}`, function () {
    this.timeout(120_000)
    const database = useDatabase()
    let site: Site
    let inside: Inside
    before(async () => {
      site = makeSite(database(), { 'demo-safe-harbor': { ...AT_ONCE, k: 1, roster }, 'demo-transport-only': null })
      inside = await openInside(site, database().url)
    })
    after(async () => {
      await inside.stop()
      site.remove()
    })

    /** What of these leaves where the roster names those. */
    async function released(
      lines: readonly Line[],
      members: readonly string[]
    ): Promise<{ released: number | undefined; off: number | undefined }> {
      await changedRoster(site, inside.pool, 'members', members)
      const member = members.map((id) => ({ entity: { reference: `Patient/${id}` } }))
      const group = { resourceType: 'Group', id: 'members', type: 'person', actual: true, active: true, member } as Line
      const submission = await inside.send('demo-safe-harbor', ndjson('group' in roster ? lines : [group, ...lines]))
      const ended = await inside.release(() => inside.ended(submission))
      return { released: ended.released, off: ended.withheld['not-on-roster'] }
    }

    it("another server's Patient/a0 is not the Patient/a0 of the roster", async () => {
      const lines = [...ward('a', 6), bundleOf(...called(`${OTHER}/Patient/a0`, 'a0'))]
      expect(await released(lines, ['a0', 'a1', 'a2', 'a3', 'a4', 'a5'])).to.deep.equal({ released: 12, off: 2 })
    })

    it('a patient of a Bundle is on it by the id that the hospital knows', async () => {
      const lines = [...ward('b', 6), bundleOf(...called('urn:uuid:bbbbbbbb-0000-4000-8000-000000000001', 'b6'))]
      expect(await released(lines, ['b0', 'b1', 'b2', 'b3', 'b4', 'b5', 'b6'])).to.deep.equal({ released: 14, off: undefined })
    })

    it('one name of two Bundles for two patients is on it when both are', async () => {
      const name = 'urn:uuid:cccccccc-0000-4000-8000-000000000001'
      const lines = [...ward('c', 6), bundleOf(...called(name, 'c6')), bundleOf(...called(name, 'c7'))]
      const most = ['c0', 'c1', 'c2', 'c3', 'c4', 'c5']
      expect((await released(lines, [...most, 'c6'])).released).to.equal(12)
      expect((await released(lines, [...most, 'c7'])).released).to.equal(12)
      expect((await released(lines, [...most, 'c6', 'c7'])).released).to.be.greaterThan(12)
    })
  })

describe('exchange/roster-file', () => {
  const owner = { id: 'demo-hospital', fhirBases: ['https://own.example/fhir'] }
  const named = (text: string): readonly string[] => namedOn(text, '2026-06-15', owner).patients.map(({ base, id }) => `${base}${id}`)
  const by = (reference: string, more: object = {}): object => ({ entity: { reference }, ...more })
  const group = { resourceType: 'Group', type: 'person', actual: true }
  const members = [
    by('Patient/1'),
    by('https://own.example/fhir/Patient/2'),
    by('https://other.example/fhir/Patient/3'),
    by('Patient/4', { inactive: true }),
    by('Patient/5', { period: { end: '2026-06-14' } }),
    by('Patient/6', { extension: [{ url: 'https://x.example', valueCode: 'dropped' }] }),
    by('Patient?identifier=x|7')
  ]

  it('a Group that is loaded names whom it names when it comes with a submission: not who is inactive, dropped, of another time or a query', () => {
    const text = JSON.stringify({ ...group, member: members })
    expect(named(text)).to.deep.equal(['1', '2', 'https://other.example/fhir3'])
    const submitted = membersNamed(JSON.parse(text) as Resource, '2026-06-15', owner.fhirBases)
    expect(named(text)).to.deep.equal(submitted.map(({ base, id }) => `${base}${id}`))
    expect(namedOn(text, '2026-06-15', owner).entries).to.equal(7)
  })

  for (const [what, text, code] of [
    ['a Group that is not active', JSON.stringify({ ...group, active: false, member: members }), 'bad-request'],
    ['a Group that excludes', JSON.stringify({ ...group, characteristic: [{ exclude: true }], member: members }), 'bad-request'],
    ['a Group that only describes', JSON.stringify({ ...group, actual: false, member: members }), 'bad-request'],
    ['a Group of nobody', JSON.stringify({ ...group, member: [] }), 'bad-request'],
    [
      'members twice',
      `{"resourceType":"Group","type":"person","actual":true,"member":[{"entity":{"reference":"Patient/1"}}],"member":[]}`,
      'duplicate-key'
    ],
    ['what is not JSON', '{"resourceType":', 'not-json'],
    ['a hundred brackets', `{"a":${'['.repeat(100)}${']'.repeat(100)}}`, 'too-deep'],
    ['a line that is a query', '1\nPatient?identifier=x|7\n', 'bad-request'],
    ['a line with a control character', 'https://other.example/\u009b/Patient/1', 'bad-request']
  ] as const)
    it(`refused whole, so that the list before stays: ${what}`, () => {
      expect(() => named(text))
        .to.throw()
        .with.property('code', code)
    })
})
