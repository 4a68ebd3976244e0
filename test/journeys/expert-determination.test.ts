/**
 * A release under an expert's certificate, whole: a hospital sends, an insurer pulls, verifies and opens, and compares with what was sent. Every date has
 * moved, and no interval of a person has changed, to the second (45 CFR 164.514(b)(1)).
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Resource } from '../../gateway/core/fhir/resource.ts'
import { makeSite, nameProfiles, startProcess } from '../support/gateway.ts'
import { faultsOf, query, useGateway } from '../support/house.ts'
import { miscounted, Party } from '../support/journey.ts'
import { useDatabase } from '../support/postgres.ts'
import { receiver } from '../support/receive.ts'

const EXPERT = 'demo-expert-determination'
const OTHERS = { 'demo-safe-harbor': null, 'demo-transport-only': null } as const
const DAY = 86_400_000
const PATIENTS = 24

const coded = (system: string, code: string): object => ({ coding: [{ system, code }] })
const statusOf = (name: string, code: string): object => coded(`http://terminology.hl7.org/CodeSystem/${name}`, code)

/** What happened to patient `n`: one weight nobody else has, and days that differ from everybody else's. Born on a day whose year survives any shift. */
function course(n: number): Resource[] {
  const subject = { reference: `Patient/p${n}` }
  const day = String(10 + (n % 10)).padStart(2, '0')
  const weight = { value: 60 + n, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' }
  return [
    { resourceType: 'Patient', id: `p${n}`, gender: 'female', birthDate: '1960-12-31', address: [{ state: 'MA', postalCode: '02139' }] },
    {
      resourceType: 'Encounter',
      id: `e${n}`,
      status: 'finished',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP' },
      subject,
      period: { start: `2024-02-${day}T23:30:00-05:00`, end: '2024-03-15T08:15:30.250Z' }
    },
    {
      resourceType: 'Observation',
      id: `o${n}`,
      status: 'final',
      code: coded('http://loinc.org', '29463-7'),
      subject,
      encounter: { reference: `Encounter/e${n}` },
      effectiveDateTime: `2024-02-${day}T06:00:01Z`,
      issued: `2024-02-${day}T07:00:59.5+01:00`,
      valueQuantity: weight
    },
    {
      resourceType: 'Condition',
      id: `c${n}`,
      clinicalStatus: statusOf('condition-clinical', 'active'),
      code: coded('http://snomed.info/sct', '44054006'),
      subject,
      onsetDateTime: '2019-12-30',
      recordedDate: `2020-03-${day}`
    }
  ] as unknown as Resource[] // valid R4, written out
}

type Entity = { readonly [name: string]: unknown }

/** Every full date of a record, by its place. */
function datesOf(value: unknown, path: string): [string, string][] {
  if (typeof value === 'string') return /^\d{4}-\d{2}-\d{2}(T|$)/.test(value) ? [[path, value]] : []
  if (Array.isArray(value)) return value.flatMap((item) => datesOf(item, path))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, child]) => datesOf(child, `${path}.${name}`))
}

function placesOf(records: readonly Entity[]): Map<string, string> {
  return new Map(records.flatMap((record) => datesOf(record, String(record['resourceType']))))
}

function daysBack(from: string, to: string): number {
  return (Date.parse(from) - Date.parse(to)) / DAY
}

/** The moment a date or date-time means: a day begins at 00:00 UTC. */
function seconds(date: string): number {
  return Date.parse(date) / 1000
}

describe('expert determination: shifted dates', function () {
  this.timeout(120_000)
  const house = useGateway({ ...OTHERS, [EXPERT]: {} })

  it('the insurer opens a dataset in which every date has moved, by one shift a person, and every interval of a person is what it was', async () => {
    const { site, gateway, database } = house()
    const courses = Array.from({ length: PATIENTS }, (_, n) => course(n))
    const lines = courses.flat().map((record) => `${JSON.stringify(record)}\n`)
    const hospital = new Party(gateway, site, 'demo-hospital')
    const ended = await hospital.ended(await hospital.send({ 'data.ndjson': lines.join('') }))
    expect(miscounted(ended)).to.deep.equal([])
    expect(ended.agreements.map(({ agreement, state, released }) => [agreement, state, released])).to.deep.equal([
      [EXPERT, 'ready', PATIENTS * 4]
    ])

    const insurer = receiver(gateway, site, 'demo-analytics', EXPERT)
    const ran = await insurer.run('--json')
    expect(ran.code, ran.err).to.equal(0)
    const [dataset = ''] = insurer.opened()
    const opened = ['Patient', 'Encounter', 'Observation', 'Condition'].flatMap((type) =>
      readFileSync(join(insurer.out, dataset, `${type}.ndjson`), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Entity)
    )
    expect(opened).to.have.length(PATIENTS * 4)
    const shifts = courses.map((sent, n) => shiftOf(sent, ownRecords(opened, n), n))
    expect(new Set(shifts).size, 'different people, different shifts').to.be.above(5)

    const [told] = await query<{ statement: { mode: string; certificate: string } }>(
      database,
      "SELECT statement::json FROM logged WHERE kind = 'dataset-released'"
    )
    expect(told?.statement).to.include({ mode: 'expert-determination', certificate: 'DEMO-2026-01' })
    expect(await faultsOf(database)).to.deep.equal([])
  })

  /** The opened records of the patient with the weight that only patient `n` has. */
  function ownRecords(opened: readonly Entity[], n: number): Entity[] {
    const weighed = opened.find((record) => (record['valueQuantity'] as { value?: number } | undefined)?.value === 60 + n)
    const reference = (weighed?.['subject'] as { reference?: string } | undefined)?.reference ?? ''
    return opened.filter(
      (record) =>
        (record['subject'] as { reference?: string } | undefined)?.reference === reference ||
        `Patient/${String(record['id'])}` === reference
    )
  }

  /** The one shift of patient `n`, after every date and interval was compared. */
  function shiftOf(sent: readonly Resource[], received: readonly Entity[], n: number): number {
    const before = placesOf(sent)
    const after = placesOf(received)
    expect([...after.keys()].sort(), `the places of the dates of patient ${n}`).to.deep.equal([...before.keys()].sort())
    const places = [...before.keys()]
    const at = (dates: ReadonlyMap<string, string>, place: string): string => dates.get(place) ?? ''
    const shifts = new Set(places.map((place) => daysBack(at(before, place), at(after, place))))
    expect([...shifts], `one shift of patient ${n}`).to.have.length(1)
    const [shift = 0] = shifts
    expect(shift).to.be.within(1, 365)
    const [first = ''] = places
    for (const place of places) {
      expect(at(after, place), `no zone that tells summer from winter at ${place}`).to.match(/^[\d-]{10}$|Z$/)
      const interval = (dates: ReadonlyMap<string, string>): number => seconds(at(dates, place)) - seconds(at(dates, first))
      expect(interval(after), `the interval from ${first} to ${place}`).to.equal(interval(before))
    }
    return shift
  }
})

describe('expert determination: a certificate that is over', function () {
  this.timeout(60_000)
  const database = useDatabase()

  it('nothing is taken in under it, and every other agreement goes on: 45 CFR 164.514(b)(1)', async () => {
    const site = makeSite(database(), { 'demo-transport-only': null, [EXPERT]: {} })
    const path = join(site.env['SALLYPORT_POLICIES_DIR'] ?? '', 'profiles', 'expert-determination', 'profile.json')
    const profile = JSON.parse(readFileSync(path, 'utf8')) as { certificate: object }
    writeFileSync(path, JSON.stringify({ ...profile, certificate: { ...profile.certificate, expires: '2026-02-01' } }))
    nameProfiles(site)
    const gateway = await startProcess(site)
    try {
      const hospital = new Party(gateway, site, 'demo-hospital')
      const refused = await hospital.ask('POST', `/submissions?agreement=${EXPERT}`)
      expect([refused.status, refused.text.includes('certificate-expired')]).to.deep.equal([403, true])
      const opened = await hospital.open()
      const ended = await hospital.view(opened)
      expect(ended.agreements.map(({ agreement }) => agreement)).to.not.include(EXPERT)
    } finally {
      await gateway.stop()
      site.remove()
    }
  })
})
