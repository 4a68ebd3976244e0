/**
 * An aggregate-only agreement, whole: a hospital sends records, an insurer opens MeasureReports. The numbers are counted again here, from what was sent;
 * cells of few are hidden, opt-outs change them, and the next release tells nothing of three who came in between.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { type Numbers, numbersIn } from '../../gateway/cli/deidentify/numbers.ts'
import type { Resource } from '../../gateway/core/fhir/resource.ts'
import { validateResource } from '../../gateway/generated/fhir-validate.js'
import { until } from '../support/gateway.ts'
import { faultsOf, filesThatHold, officer, query, useGateway } from '../support/house.ts'
import { type Disclosure, miscounted, Party } from '../support/journey.ts'
import { receiver } from '../support/receive.ts'
import { condition, MARK, ndjson, patient } from '../support/records.ts'
import { prepareStops, stopAt } from '../support/stops.ts'

const AGREEMENT = 'demo-aggregate'
const DAY = 86_400_000

interface Stay {
  readonly subject: string
  readonly sex: string
  readonly start: string
  readonly end: string
}

/** Patients of a kind: each with its stays. */
function group(name: string, count: number, sex: string, ...stays: readonly (readonly [start: string, end: string])[]): Stay[] {
  return Array.from({ length: count }, (_, n) => stays.map(([start, end]) => ({ subject: `${MARK}${name}${n}`, sex, start, end }))).flat()
}

const BACK = [
  ['2024-02-01', '2024-02-08'],
  ['2024-03-09', '2024-03-10']
] as const
const BASE = [
  ...group('f24', 40, 'female', ['2024-05-01', '2024-05-04']),
  ...group('fb24', 12, 'female', ...BACK),
  ...group('m24', 30, 'male', ['2024-05-01', '2024-05-03']),
  ...group('mb24', 11, 'male', ...BACK),
  ...group('f23', 25, 'female', ['2023-06-01', '2023-06-11']),
  ...group('m23', 4, 'male', ['2023-06-01', '2023-06-02']),
  ...group('f22', 20, 'female', ['2022-06-01', '2022-06-03']),
  ...group('m22', 20, 'male', ['2022-06-01', '2022-06-03'])
]

function recordsOf(stays: readonly Stay[]): object[] {
  const subjects = new Map(stays.map(({ subject, sex }) => [subject, sex]))
  return [
    ...[...subjects].flatMap(([subject, gender]) => [{ ...patient(subject), gender }, condition(`${subject}-c`, subject)]),
    ...stays.map(({ subject, start, end }, n) => ({
      resourceType: 'Encounter',
      id: `e${n}`,
      status: 'finished',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP' },
      subject: { reference: `Patient/${subject}` },
      period: { start: `${start}T08:00:00Z`, end: `${end}T17:30:00Z` }
    }))
  ]
}

interface Counted {
  readonly stays: number
  readonly readmitted: number
  readonly days: number
  readonly subjects: number
}

/** Counted again, the plain way. */
function countedIn(stays: readonly Stay[], cell: string): Counted {
  const [year = '', sex = ''] = cell.split(' ')
  const own = stays.filter((stay) => (year === '*' || stay.end.startsWith(year)) && (sex === '*' || stay.sex === sex))
  const next = (stay: Stay): number =>
    Math.min(
      ...stays
        .filter((other) => other.subject === stay.subject && Date.parse(other.start) >= Date.parse(stay.end))
        .map((other) => (Date.parse(other.start) - Date.parse(stay.end)) / DAY)
    )
  return {
    stays: own.length,
    readmitted: own.filter((stay) => next(stay) <= 30).length,
    days: own.reduce((sum, { start, end }) => sum + (Date.parse(end) - Date.parse(start)) / DAY, 0),
    subjects: new Set(own.map(({ subject }) => subject)).size
  }
}

type Reports = Readonly<Record<'readmission-30' | 'length-of-stay', ReadonlyMap<string, Numbers>>>

/** Every told number is the one counted here; the cells whose number of stays is hidden. */
function hiddenAfter(reports: Reports, stays: readonly Stay[]): string[] {
  const hidden: string[] = []
  for (const [cell, { denominator, numerator, score }] of reports['readmission-30']) {
    const counted = countedIn(stays, cell)
    const length = reports['length-of-stay'].get(cell)
    expect(length?.['measure-population'], `the same stays in both: ${cell}`).to.equal(denominator)
    if (denominator === null) hidden.push(cell)
    else {
      expect([denominator, counted.subjects > 10], cell).to.deep.equal([counted.stays, true])
      expect(length?.['score'], cell).to.be.closeTo(counted.days / counted.stays, 0.05)
    }
    if (numerator === null) continue
    expect(numerator, cell).to.equal(counted.readmitted)
    expect(score, cell).to.be.closeTo(counted.readmitted / counted.stays, 0.00005)
  }
  return hidden.sort()
}

describe('an aggregate-only agreement', function () {
  this.timeout(180_000)
  const edits = { releaseWindow: { every: 'PT1S', attestation: null } }
  const house = useGateway({ 'demo-safe-harbor': null, 'demo-transport-only': null, [AGREEMENT]: edits })

  before(() => prepareStops(house().database))

  /** Sends, waits, receives and opens; what the hospital was told, and the reports. */
  async function released(
    stays: readonly Stay[],
    meanwhile: () => Promise<void> = () => Promise.resolve()
  ): Promise<{ told: Disclosure; reports: Reports }> {
    const { site, gateway } = house()
    const hospital = new Party(gateway, site, 'demo-hospital')
    const sent = await hospital.send({ 'data.ndjson': ndjson(recordsOf(stays) as never) })
    await meanwhile()
    const ended = await hospital.ended(sent)
    expect(miscounted(ended)).to.deep.equal([])
    const [told] = ended.agreements
    if (told === undefined) throw new Error('no disclosure')
    expect(told.state).to.equal('ready')
    const insurer = receiver(gateway, site, 'demo-analytics', AGREEMENT)
    const ran = await insurer.run('--json')
    expect(ran.code, ran.err).to.equal(0)
    const folder = join(insurer.out, told.dataset)
    expect(readdirSync(folder).filter((name) => name.endsWith('.ndjson'))).to.deep.equal(['MeasureReport.ndjson'])
    expect(filesThatHold(folder, [MARK, 'Patient/', '"Encounter"'])).to.deep.equal([])
    const lines = readFileSync(join(folder, 'MeasureReport.ndjson'), 'utf8').trim().split('\n')
    const made = lines.map((line) => JSON.parse(line) as Resource)
    for (const report of made) expect(validateResource(report), JSON.stringify(validateResource.errors?.[0])).to.equal(true)
    expect(made.map(({ id }) => id)).to.deep.equal([`readmission-30-${told.dataset}`, `length-of-stay-${told.dataset}`])
    const [readmission, length] = made.map(numbersIn)
    if (readmission === undefined || length === undefined) throw new Error('two reports')
    return { told, reports: { 'readmission-30': readmission, 'length-of-stay': length } }
  }

  it('no record leaves, and what the insurer opens are the indicators, cells of few and what they follow from hidden', async () => {
    const { told, reports } = await released(BASE)
    const subjects = new Set(BASE.map(({ subject }) => subject)).size
    expect(told).to.deep.include({
      received: 2 * subjects + BASE.length,
      released: 0,
      held: 0,
      withheld: { 'type-not-agreed': subjects, 'aggregate-only': subjects + BASE.length }
    })
    const hidden = hiddenAfter(reports, BASE)
    expect(hidden).to.include('2023 male')
    expect(hidden.length, 'one cell alone could be computed from its totals').to.be.within(2, 6)
    expect(reports['readmission-30'].get('2024 female')).to.deep.include({ denominator: 64, numerator: 12 })
    const [entry] = await query<{ counts: object; mode: string }>(
      house().database,
      "SELECT statement::json->'counts' AS counts, statement::json->>'mode' AS mode FROM logged WHERE kind = 'dataset-released'"
    )
    expect(entry).to.deep.include({ mode: 'aggregate-only' })
    expect(entry?.counts).to.deep.include({ released: 0, byType: {}, made: { MeasureReport: 2 } })
    expect(await faultsOf(house().database)).to.deep.equal([])
  })

  it('three more since the last release: every cell they are in is hidden, and no other number has changed', async () => {
    const more = [...BASE, ...group('new', 3, 'female', ['2024-07-01', '2024-07-05'])]
    const { reports } = await released(more)
    const hidden = hiddenAfter(reports, more)
    expect(hidden).to.include.members(['2024 female', '2024 *', '* female', '* *'])
    expect(hidden).not.to.include.members(['2022 female', '2022 male', '2022 *', '2024 male'])
  })

  it('eleven opted out: they are withheld as that, and no number counts them any more', async () => {
    const { site } = house()
    const out = BASE.filter(({ subject }) => subject.startsWith(`${MARK}f24`)).slice(0, 11)
    const words = out.flatMap(({ subject }) => ['--patient', `Patient/${subject}`])
    const opted = await officer(site, ['consent', 'opt-out', '--party', 'demo-hospital', ...words])
    expect(opted.code, opted.err).to.equal(0)
    const left = BASE.filter((stay) => !out.includes(stay))
    const { told, reports } = await released(BASE)
    expect(told.withheld['opted-out']).to.equal(3 * out.length)
    expect(hiddenAfter(reports, left)).not.to.include('2024 female')
    expect(reports['readmission-30'].get('2024 female')?.['denominator']).to.equal(64 - 11)
  })

  it('an opt-out before anybody fetched the reports: withdrawn, and counted again without the patient', async () => {
    const { site, gateway, database } = house()
    const hospital = new Party(gateway, site, 'demo-hospital')
    const stays = group('unfetched', 30, 'male', ['2019-05-01', '2019-05-03'])
    const sent = await hospital.send({ 'data.ndjson': ndjson(recordsOf(stays) as never) })
    await hospital.ended(sent)
    await until(async () => ((await hospital.view(sent)).state === 'destroyed' ? true : null))
    const opted = await officer(site, ['consent', 'opt-out', '--party', 'demo-hospital', '--patient', `${MARK}unfetched0`, '--json'])
    expect(JSON.parse(opted.out)).to.include({ changed: 1, withdrawn: 1 })
    const both = (await hospital.ended(sent, ['withdrawn', 'ready'])).agreements
    expect(both.map(({ state, withheld }) => [state, withheld])).to.deep.equal([
      ['withdrawn', { 'type-not-agreed': 30, 'aggregate-only': 60 }],
      ['ready', { 'type-not-agreed': 30, 'opted-out': 2, 'aggregate-only': 58 }]
    ])
    expect((await receiver(gateway, site, 'demo-analytics', AGREEMENT).run('--json')).code).to.equal(0)
    expect(await faultsOf(database)).to.deep.equal([])
  })

  it('an opt-out while the reports are sealed: all is counted again, without the patient', async () => {
    const { site, database } = house()
    const others = group('late', 30, 'male', ['2020-05-01', '2020-05-03'])
    const stopped = await stopAt(database, { table: 'shard', event: 'UPDATE', when: 'NEW.file IS NOT NULL' }, 'in the middle')
    const { told, reports } = await released(others, async () => {
      await stopped.reached()
      const opted = await officer(site, ['consent', 'opt-out', '--party', 'demo-hospital', '--patient', `${MARK}late0`])
      expect(opted.code, opted.err).to.equal(0)
      await stopped.release()
    })
    expect(told.withheld).to.deep.equal({ 'type-not-agreed': 30, 'opted-out': 2, 'aggregate-only': 58 })
    expect(reports['length-of-stay'].get('2020 male')).to.deep.equal({ 'measure-population': 29, 'score': 2 })
    // no file of the first count is left either
    await until(() => Promise.resolve(readdirSync(join(site.folder, 'data/files/buckets')).length === 0 ? true : null))
    expect(await faultsOf(database)).to.deep.equal([])
  })

  it('ten patients are too few for any number: nothing leaves, and that is an entry', async () => {
    const { site, gateway, database } = house()
    const hospital = new Party(gateway, site, 'demo-hospital')
    const few = group('few', 10, 'female', ['2025-01-01', '2025-01-03'])
    const { agreements } = await hospital.ended(await hospital.send({ 'data.ndjson': ndjson(recordsOf(few) as never) }))
    expect(agreements.map(({ state, released: n, withheld }) => [state, n, withheld])).to.deep.equal([
      ['empty', 0, { 'type-not-agreed': 10, 'aggregate-only': 20 }]
    ])
    const empty = await query(
      database,
      "SELECT 1 FROM log_entry WHERE kind = 'dataset-empty' UNION ALL SELECT 1 FROM outbox WHERE kind = 'dataset-empty'"
    )
    expect(empty).to.have.length(1)
  })
})
