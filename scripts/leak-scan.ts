/**
 * The leak scan: takes every identifying value of an input and looks for it in an output. Shares no code with the engine that
 * made the output. Refuses to call anything clean that is empty, and checks itself first: given its own input as output it
 * must find plenty. Prints kinds, places and counts; values only with --reveal, for synthetic data.
 */
import { parseArgs } from 'node:util'
import { createPlanted, type Planted, plant, plantedCount, settle } from './leak/plant.ts'
import { recordsOf } from './leak/read.ts'
import { type Coincidence, createFound, type Finding, type Found, search } from './leak/search.ts'

export interface LeakReport {
  readonly verdict: 'clean' | 'leaks' | 'empty-output' | 'empty-input' | 'blind'
  /** distinct identifying values of the input */
  readonly planted: number
  /** distinct ones met in the output */
  readonly found: number
  /** distinct values of a shape Safe Harbor never leaves, planted or not: full dates, SSNs, telephone numbers, five-digit ZIPs … */
  readonly shapes: number
  readonly hits: number
  readonly inputRecords: number
  readonly outputRecords: number
  readonly outputStrings: number
  /** distinct texts that are of no kind that may leave (leak/explained.ts) */
  readonly unexplained: number
  /** distinct strings that hold a planted word but are nobody's, and by which excuse (leak/search.ts) */
  readonly coincidences: number
  readonly excuses: Readonly<Partial<Record<Coincidence, number>>>
  /** the scan of the scan: values found when the first records of the input are given as output */
  readonly calibration: { readonly records: number; readonly found: number }
  readonly byKind: Readonly<Record<string, number>>
  readonly places: readonly string[]
}

export interface LeakScan {
  readonly report: LeakReport
  /** holds values: never print for real data */
  readonly findings: readonly Finding[]
}

/** The input's records that must betray it. */
const CALIBRATION = 500

async function calibrate(planted: Planted, input: readonly string[], year: number): Promise<{ records: number; found: number }> {
  const found = createFound(planted)
  for await (const entity of recordsOf(input)) {
    search(planted, found, entity, year)
    if (found.records >= CALIBRATION) break
  }
  return { records: found.records, found: found.leaks.size }
}

function verdictOf(planted: Planted, found: Found, calibration: { records: number; found: number }): LeakReport['verdict'] {
  if (planted.records === 0 || plantedCount(planted) === 0) return 'empty-input'
  if (calibration.found < calibration.records) return 'blind'
  if (found.records === 0 || found.strings === 0) return 'empty-output'
  return found.leaks.size === 0 ? 'clean' : 'leaks'
}

function tally(findings: readonly Finding[], key: (finding: Finding) => string): Record<string, number> {
  return counted(findings.map(key))
}

function counted(names: Iterable<string>): Record<string, number> {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return Object.fromEntries([...counts].sort((a, b) => b[1] - a[1]))
}

/** Scans files and folders. `year` is the year of the release: the age of 90 is counted from it. */
export async function leakScan(input: readonly string[], output: readonly string[], year: number): Promise<LeakScan> {
  const planted = createPlanted()
  for await (const entity of recordsOf(input)) if (typeof entity['resourceType'] === 'string') plant(planted, entity)
  settle(planted)
  const found = createFound(planted)
  for await (const entity of recordsOf(output)) search(planted, found, entity, year)
  const calibration = await calibrate(planted, input, year)
  const findings = [...found.leaks.values()]
  const shapes = findings.filter((finding) => finding.kind === 'shape').length
  const unexplained = findings.filter((finding) => finding.kind === 'unexplained').length
  const report = {
    verdict: verdictOf(planted, found, calibration),
    planted: plantedCount(planted),
    found: findings.length - shapes - unexplained,
    shapes,
    hits: found.hits,
    inputRecords: planted.records,
    outputRecords: found.records,
    outputStrings: found.strings,
    unexplained,
    coincidences: found.excused.size,
    excuses: counted(found.excused.values()),
    calibration,
    byKind: tally(findings, (finding) => finding.kind),
    places: Object.entries(tally(findings, (finding) => `${finding.kind} in ${finding.where}`)).map(
      ([place, count]) => `${place}: ${count}`
    )
  }
  return { report, findings }
}

const USAGE = `Usage: node scripts/leak-scan.ts --input PATH [--input PATH…] --output PATH [--output PATH…] [--year YYYY] [--json] [--reveal]

Searches OUTPUT for every identifying value of INPUT (files or folders of FHIR NDJSON or JSON, gzip too).
Ends with 0 when nothing was found, 3 when something was, 1 when the scan proves nothing (empty, or blind).
`

function say(scan: LeakScan, reveal: 'values' | 'places'): string {
  const { report, findings } = scan
  const lines = [
    `${report.verdict}: ${report.found} of ${report.planted} identifying values found, ${report.shapes} shapes of one and ${report.unexplained} texts of no known kind, in ${report.outputRecords} records and ${report.outputStrings} strings`,
    `${report.coincidences} texts hold a planted word by coincidence${Object.entries(report.excuses)
      .map(([excuse, times]) => `, ${times} ${excuse}`)
      .join('')}`,
    `self-check: ${report.calibration.found} values found in ${report.calibration.records} records of the input`,
    ...report.places.slice(0, 40).map((place) => `  ${place}`)
  ]
  if (reveal === 'values') lines.push(...findings.slice(0, 200).map((finding) => `  ${finding.kind} ${finding.where}: ${finding.value}`))
  return `${lines.join('\n')}\n`
}

async function main(): Promise<number> {
  const options = {
    input: { type: 'string', multiple: true },
    output: { type: 'string', multiple: true },
    year: { type: 'string' }
  } as const
  const flags = { json: { type: 'boolean' }, reveal: { type: 'boolean' }, help: { type: 'boolean' } } as const
  const { values } = parseArgs({ options: { ...options, ...flags } })
  if (values.help === true || values.input === undefined || values.output === undefined) {
    process.stdout.write(USAGE)
    return values.help === true ? 0 : 2
  }
  const scan = await leakScan(values.input, values.output, Number(values.year ?? new Date().getFullYear()))
  process.stdout.write(values.json === true ? `${JSON.stringify(scan.report)}\n` : say(scan, values.reveal === true ? 'values' : 'places'))
  if (scan.report.verdict === 'clean') return 0
  return scan.report.verdict === 'leaks' ? 3 : 1
}

if (import.meta.main) process.exitCode = await main()
