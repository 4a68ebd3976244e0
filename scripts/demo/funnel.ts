/** The funnel a person reads: from what was received to what a recipient could open, and whether it holds. Decides nothing. */
import { relative } from 'node:path'
import { AGREEMENTS, HOSPITAL, INSURER } from './agreements.ts'
import type { DemoFolder } from './folder.ts'
import { type AgreementOutcome, type DemoOutcome, isHeld, isTooFew, sum } from './outcome.ts'
import type { Reports } from './reports.ts'

const BAR = 30

/** Where a date that is more than a year is a leak. */
const YEARS = AGREEMENTS.filter(({ leaves }) => leaves === 'years').map(({ id }) => id)

function number(value: number): string {
  return value.toLocaleString('en-US')
}

function row(label: string, count: number, of: number, indent = '  '): string {
  const share = of === 0 ? 0 : count / of
  const bar = '█'.repeat(Math.round(share * BAR)) || (count > 0 ? '▏' : '')
  return `${indent}${label.padEnd(34 - indent.length)}${number(count).padStart(11)}  ${bar.padEnd(BAR)} ${(share * 100).toFixed(1).padStart(5)} %`
}

function reasons(counts: Readonly<Record<string, number>>, of: number): string[] {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .sort((a, b) => b[1] - a[1])
    .map(([code, count]) => row(code, count, of, '      '))
}

function agreementLines(one: AgreementOutcome): string[] {
  const lines = [
    '',
    `${one.agreement} (${one.form}), dataset ${one.dataset}: ${one.state}`,
    row('received', one.received, one.received),
    row('rejected', sum(one.rejected), one.received),
    ...reasons(one.rejected, one.received),
    row('withheld or suppressed', sum(one.withheld), one.received),
    ...reasons(one.withheld, one.received),
    row('held for an officer', one.held, one.received),
    row('released', one.released, one.received),
    `  received = released + withheld + rejected + held: ${one.addsUp ? 'yes' : 'NO'}`
  ]
  if (isTooFew(one)) return [...lines, '  no record leaves, and of so few people no number either']
  const verified = one.verified.join(', ') || 'nothing'
  if (one.reports !== null) return [...lines, ...reportLines(one.reports, one.subjects?.k), `  verified: ${verified}`]
  return [...lines, ...subjectLines(one), `  the recipient holds ${number(one.receivedByRecipient)} records; verified: ${verified}`]
}

function reportLines({ reports, told, hidden }: Reports, k: number | undefined): string[] {
  return [`  no record leaves: ${reports} reports, ${number(told)} numbers told and ${number(hidden)} hidden (k = ${k ?? '?'})`]
}

function subjectLines({ subjects, subjectShare }: AgreementOutcome): string[] {
  if (subjects === null) return []
  const { released, generalized, suppressed, smallestGroup, k } = subjects
  const share = subjectShare === null ? '' : ` (${(subjectShare * 100).toFixed(1)} % of the feed's)`
  return [
    `  subjects: ${number(released)} released${share}, of which ${number(generalized)} generalized; ${number(suppressed)} suppressed`,
    `  smallest group: ${smallestGroup} (k = ${k})`
  ]
}

/** Commands that go on from here, each to be copied as it stands. */
export function nextCommands(folder: DemoFolder, outcome: DemoOutcome): string[] {
  const path = (file: string): string => relative(process.cwd(), file) || '.'
  const party = `--server ${folder.url} --ca ${path(folder.files.ca)}`
  return [
    `curl --cacert ${path(folder.files.ca)} ${folder.url}/.well-known/smart-configuration`,
    'npx sallyport agreement explain policies/agreements/demo-safe-harbor/agreement.json',
    `head -c 600 ${path(folder.files.received)}/demo-safe-harbor/*/Patient.ndjson`,
    `npx sallyport receive --agreement demo-safe-harbor --out ${path(folder.files.received)}/demo-safe-harbor ${party} \\`,
    `    --party ${INSURER} --key ${path(folder.keyOf(INSURER, 'sig'))} --enc-key ${path(folder.keyOf(INSURER, 'enc'))} --pins ${path(folder.files.pins)}`,
    `npx sallyport send --agreement demo-transport-only ${party} --party ${HOSPITAL} --key ${path(folder.keyOf(HOSPITAL, 'sig'))} FILE…`,
    `source ${path(folder.path)}/environment && npx sallyport dataset list     # and: hold list, consent list`,
    `npx node scripts/leak-scan.ts ${outcome.feed.paths.map((one) => `--input ${path(one)}`).join(' ')} ${YEARS.map((id) => `--output ${path(folder.files.received)}/${id}`).join(' ')}`
  ]
}

function scanLines(outcome: DemoOutcome): string[] {
  const scan = outcome.leakScan
  const { timing } = outcome
  const memory = timing.peakMemoryMiB === null ? '' : `; the gateway's memory peaked at ${timing.peakMemoryMiB} MiB`
  return [
    '',
    `leak scan: ${number(scan.planted)} identifying values planted, ${number(scan.found)} found (and ${number(scan.shapes)} shapes of one) in ${number(scan.outputStrings)} strings of ${number(scan.outputRecords)} records`,
    `  ${number(scan.coincidences)} texts hold such a word by coincidence; given the input as output it finds ${number(scan.calibration.found)} in ${scan.calibration.records} records`,
    ...scan.places.slice(0, 10).map((place) => `  ${place}`),
    ...shiftLines(outcome),
    '',
    `throughput: ${number(Math.round(timing.recordsPerSecond))} records/s from the first byte to ready (accept ${timing.acceptSeconds.toFixed(1)} s, release ${timing.releaseSeconds.toFixed(1)} s)${memory}`
  ]
}

function shiftLines({ shiftScan }: DemoOutcome): string[] {
  if (shiftScan === null) return []
  const { people, found, dates, astray, shifts } = shiftScan
  return [
    `shifted dates: ${number(dates)} of ${number(people)} people, ${number(found)} of them found again by their intervals, moved by ${number(shifts)} different shifts; ${number(astray)} dates are elsewhere`
  ]
}

function verdict(outcome: DemoOutcome): string[] {
  if (outcome.ok) return ['Everything holds: counts add up, signatures, receipts and hashes verify, nothing was found.']
  if (!isHeld(outcome)) return [`It does not hold: ${outcome.problems.join('; ')}`]
  return [
    'The risk gate held a dataset: too many of these patients have too few like them, so an officer must decide (sallyport hold list).',
    'With data that is yours to use so, --k 1 shows what would be released without the gate.'
  ]
}

export function funnel(outcome: DemoOutcome): string {
  const { feed } = outcome
  const what = feed.origin === 'synthetic' ? 'a synthetic feed' : 'your own data'
  const lines = [
    '',
    `${what}: ${number(feed.records)} records of ${number(feed.patients)} patients, ${feed.optedOut} opted out`,
    ...outcome.agreements.flatMap(agreementLines),
    ...scanLines(outcome),
    '',
    ...verdict(outcome)
  ]
  return `${lines.join('\n')}\n`
}
