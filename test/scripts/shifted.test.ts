/** The scan of shifted dates finds what stayed, and what broke; and says nothing where every person has one shift. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { after, before } from 'mocha'
import type { Json } from '../../gateway/core/digest.ts'
import { makeFeed } from '../../gateway/synthetic/feed.ts'
import { recordsOf } from '../../scripts/leak/read.ts'
import { type ShiftReport, shiftScan, withYearsOnly } from '../../scripts/leak/shifted.ts'

function pad(hour: number): string {
  return String(hour % 24).padStart(2, '0')
}

type Shift = (date: string, path: string) => number

describe('the scan of shifted dates', () => {
  let folder = ''
  let input = ''
  const subjects = [...makeFeed({ seed: 'shifted', patients: 40, at: '2026-06-30' })]

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'shifted-'))
    input = await write('input.ndjson', subjects.flatMap(({ resources }) => resources) as unknown as Json[])
  })
  after(() => rm(folder, { recursive: true }))

  async function write(name: string, records: readonly Json[]): Promise<string> {
    const path = join(folder, name)
    await writeFile(path, records.map((record) => `${JSON.stringify(record)}\n`).join(''))
    return path
  }

  function moved(value: Json, shift: Shift, path: string): Json {
    if (typeof value === 'string' && /^\d{4}-\d{2}-\d{2}(T|$)/.test(value)) {
      const text = new Date(Date.parse(value) - shift(value, path) * 86_400_000).toISOString()
      return value.length === 10 ? text.slice(0, 10) : text
    }
    if (Array.isArray(value)) return value.map((item) => moved(item, shift, path))
    if (value === null || typeof value !== 'object') return value
    return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, moved(child ?? null, shift, `${path}.${name}`)]))
  }

  /** The feed with each subject's dates moved back, `shiftOf` says by how many days. */
  async function scanned(shiftOf: (subject: number) => Shift): Promise<ShiftReport> {
    const records = subjects.flatMap(({ resources }, n) =>
      (resources as unknown as Json[]).map((resource) => moved(resource, shiftOf(n), ''))
    )
    return shiftScan([input], [await write('output.ndjson', records)])
  }

  /** The same, moved alike, and written an hour east of UTC. */
  async function zoned(): Promise<ShiftReport> {
    const records = subjects.flatMap(({ resources }, n) =>
      (resources as unknown as Json[]).map((resource) => moved(resource, () => 5 + n, ''))
    )
    const text = JSON.stringify(records).replace(
      /T(\d{2}):([\d:.]+)Z"/g,
      (_, hour: string, rest: string) => `T${pad(Number(hour) + 1)}:${rest}+01:00"`
    )
    return shiftScan([input], [await write('zoned.ndjson', JSON.parse(text) as Json[])])
  }

  it('says nothing where each person has one shift', async () => {
    const report = await scanned((n) => () => 1 + ((n * 37) % 365))
    expect(report.people).to.equal(40)
    expect(report).to.include({ found: 40, astray: 0, shifts: 40 })
    expect(report.dates).to.be.above(1000)
  })

  it('finds dates that did not move at all', async () => {
    const report = await scanned(() => () => 0)
    expect(report.astray / report.dates).to.be.above(0.5)
  })

  it('finds moments that kept their zone, which tells summer from winter', async () => {
    const report = await zoned()
    expect(report.astray).to.be.above(0)
  })

  it('finds the one element that kept its date', async () => {
    const report = await scanned((n) => (_, path) => (path === '.recordedDate' ? 0 : 5 + n))
    expect(report.astray).to.be.above(0)
  })

  it('finds an interval that is off by a day', async () => {
    const report = await scanned((n) => (_, path) => (path === '.period.end' ? 6 + n : 5 + n))
    expect(report.astray).to.be.above(0)
  })

  it('the copy for the leak scan has years and no dates, and every record', async () => {
    const copy = await withYearsOnly([input], join(folder, 'years'))
    let records = 0
    for await (const record of recordsOf([copy])) {
      records += 1
      expect(JSON.stringify(record)).not.to.match(/"\d{4}-\d{2}-\d{2}[T"]/)
    }
    expect(records).to.equal(subjects.reduce((sum, { resources }) => sum + resources.length, 0))
  })
})
