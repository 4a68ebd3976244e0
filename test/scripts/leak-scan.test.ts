import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Resource } from '../../gateway/core/fhir/resource.ts'
import { makeFeed } from '../../gateway/synthetic/feed.ts'
import { leakScan } from '../../scripts/leak-scan.ts'

const FEED = { seed: 'leak', patients: 30, at: '2026-06-30' }

describe('the leak scan', () => {
  let folder = ''
  let input = ''
  const resources = [...makeFeed(FEED)].flatMap((subject) => subject.resources)

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'leak-'))
    input = await write('input.ndjson', resources)
  })
  after(() => rm(folder, { recursive: true }))

  async function write(name: string, lines: readonly object[]): Promise<string> {
    const path = join(folder, name)
    await writeFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    return path
  }

  /** What any careful hand would leave: random id, kind, codes. */
  function bare(resource: Resource, index: number): Resource {
    const id = index.toString(16).padStart(32, 'f0e1')
    const codings = (resource['code'] as { coding?: { system: string; code: string }[] } | undefined)?.coding ?? [] // as findings.ts writes it
    const coding = codings.map(({ system, code }) => ({ system, code }))
    return { resourceType: resource.resourceType, id, ...(coding.length === 0 ? {} : { code: { coding } }) }
  }

  it('finds nothing in an output that keeps codes only', async () => {
    const { report, findings } = await leakScan([input], [await write('clean.ndjson', resources.map(bare))], 2026)
    expect(findings).to.deep.equal([])
    expect(report.verdict).to.equal('clean')
    expect(report.planted).to.be.above(2500)
    expect(report.outputRecords).to.equal(resources.length)
  })

  it('finds every planted value when the input is given as the output', async () => {
    const { report } = await leakScan([input], [input], 2026)
    expect(report.verdict).to.equal('leaks')
    expect(report.found / report.planted).to.be.above(0.95)
  })

  it('fails on an empty output, and on an empty input', async () => {
    const empty = await write('empty.ndjson', [])
    expect((await leakScan([input], [empty], 2026)).report.verdict).to.equal('empty-output')
    expect((await leakScan([empty], [input], 2026)).report.verdict).to.equal('empty-input')
  })

  const patient = resources.find((resource) => resource.resourceType === 'Patient')
  const name = String((patient?.['name'] as { family: string }[] | undefined)?.[0]?.family) // as person.ts writes it
  const born = String(patient?.['birthDate'])
  const [year, month, day] = born.split('-').map(Number)
  const single: readonly (readonly [string, object])[] = [
    ['a name inside a sentence', { resourceType: 'Observation', note: [{ text: `seen with ${name}, well` }] }],
    ['a name in another case', { resourceType: 'Observation', valueString: name.toUpperCase() }],
    ['a name in a coded place that the input does not use so', { resourceType: 'Condition', code: { text: name } }],
    [
      'a name in base64',
      { resourceType: 'DocumentReference', content: [{ attachment: { data: Buffer.from(`for ${name}`).toString('base64') } }] }
    ],
    ['a name as the name of an element', { resourceType: 'Basic', [name]: 'kept' }],
    ['a date in the way people write it', { resourceType: 'Basic', note: `born ${month}/${day}/${year}` }],
    ['a date nobody had', { resourceType: 'Observation', effectiveDateTime: '1931-02-03T04:05:06Z' }],
    ['a month', { resourceType: 'Observation', effectiveDateTime: '1987-11' }],
    ['the source id in a reference', { resourceType: 'Observation', subject: { reference: `Patient/${patient?.id}` } }],
    ['the source id as a urn', { resourceType: 'Observation', subject: { reference: `urn:uuid:${patient?.id}` } }],
    ['a ZIP of five digits', { resourceType: 'Patient', address: [{ postalCode: '02139' }] }],
    ['three digits of a ZIP area of few people', { resourceType: 'Patient', address: [{ postalCode: '036' }] }],
    ['a text of no kind that may leave, whoever it speaks of', { resourceType: 'Observation', valueString: 'somebody else entirely' }],
    ['an id that is none of ours', { resourceType: 'Observation', id: 'obs-17' }],
    ['a reference that keeps its id', { resourceType: 'Observation', subject: { reference: 'Patient/17' } }],
    ['an extension nobody listed', { resourceType: 'Patient', extension: [{ url: 'http://demo.example/nickname', valueBoolean: true }] }],
    ['a time of day', { resourceType: 'Observation', valueTime: '10:11:12' }],
    ['a number of seven digits', { resourceType: 'Observation', valueInteger: 5550123 }],
    ['a number behind the point', { resourceType: 'Observation', valueQuantity: { value: 0.9991882 } }],
    [
      'an age over 89',
      { resourceType: 'Observation', valueQuantity: { value: 95, unit: 'a', system: 'http://unitsofmeasure.org', code: 'a' } }
    ],
    ['the birth year of someone over 89', { resourceType: 'Patient', birthDate: '1931' }]
  ]
  for (const [what, leak] of single) {
    it(`finds ${what} among clean records`, async () => {
      const { report } = await leakScan([input], [await write('single.ndjson', [...resources.slice(0, 200).map(bare), leak])], 2026)
      expect(report.verdict).to.equal('leaks')
      expect(report.found + report.shapes + report.unexplained).to.be.within(1, 4)
    })
  }

  it("calls a code with the patient's own name in it a leak, and with somebody else's a coincidence", async () => {
    const people = resources.filter((resource) => resource.resourceType === 'Patient')
    const [whose] = people
    const other = people.find((person) => !JSON.stringify(person).includes(name))
    const sick = (id: string | undefined): object => ({
      resourceType: 'Condition',
      subject: { reference: `Patient/${id}` },
      code: { coding: [{ system: 'http://loinc.org', code: `LA-${name}` }] }
    })
    const out = await write('coded.ndjson', [...resources.slice(0, 200).map(bare), sick('b'.repeat(32))])
    const verdict = async (id: string | undefined): Promise<string> => {
      const also = await write('also.ndjson', [sick(id)])
      return (await leakScan([input, also], [out], 2026)).report.verdict
    }
    expect(await verdict(whose?.id)).to.equal('leaks')
    expect(await verdict(other?.id)).to.equal('clean')
  })

  it('says where, never what', async () => {
    const { report } = await leakScan([input], [input], 2026)
    expect(JSON.stringify(report)).to.not.contain(name)
  })
})
