/**
 * What the demo's recipients pull, agreement by agreement: sealed datasets by sallyport receive, a transport-only one by a stock bulk client first. Then
 * the scans of all of it. Decides which scan an output is for: dates that are shifted are looked at person by person.
 */
import { join } from 'node:path'
import type { Submission } from '../../gateway/cli/client/submission.ts'
import type { OpenedDataset } from '../../gateway/cli/client/unseal.ts'
import { type ShiftReport, shiftScan, withYearsOnly } from '../leak/shifted.ts'
import { type LeakReport, leakScan } from '../leak-scan.ts'
import { AGREEMENTS, type DemoAgreement } from './agreements.ts'
import { bulkExport } from './bulk-client.ts'
import type { DemoFolder } from './folder.ts'
import { sallyportJson } from './gateway.ts'
import { type Reports, readReports } from './reports.ts'

/** What a recipient holds under one agreement. */
export interface Received {
  readonly agreement: DemoAgreement
  readonly opened: readonly OpenedDataset[]
  /** counted from its files */
  readonly records: number
  /** where its records lie */
  readonly folder: string
  /** where only numbers about groups leave; else null */
  readonly reports: Reports | null
}

export function partyOptions(folder: DemoFolder, party: string): string[] {
  return ['--server', folder.url, '--ca', folder.files.ca, '--party', party, '--key', folder.keyOf(party, 'sig')]
}

async function receiveAs(folder: DemoFolder, { recipient, id }: DemoAgreement, out: string): Promise<readonly OpenedDataset[]> {
  const words = ['receive', ...partyOptions(folder, recipient), '--agreement', id, '--out', out]
  const keys = ['--enc-key', folder.keyOf(recipient, 'enc'), '--pins', folder.files.pins]
  return (await sallyportJson<{ datasets: OpenedDataset[] }>(folder, [...words, ...keys, '--json'])).datasets
}

async function receive(folder: DemoFolder, agreement: DemoAgreement): Promise<Received> {
  const place = join(folder.files.received, agreement.id)
  if (agreement.form === 'transport-only') {
    const key = folder.keyOf(agreement.recipient, 'sig')
    const client = { fhirBase: `${folder.url}/fhir`, clientId: agreement.recipient, keyFile: key, caFile: folder.files.ca }
    const { records } = await bulkExport(client, agreement.id, join(place, 'clear'))
    return { agreement, opened: await receiveAs(folder, agreement, join(place, 'verified')), records, folder: place, reports: null }
  }
  const opened = await receiveAs(folder, agreement, place)
  const reports = agreement.leaves === 'groups' && opened.length > 0 ? await readReports(place) : null
  return { agreement, opened, records: opened.reduce((sum, { records }) => sum + records, 0), folder: place, reports }
}

/** One after the other, every agreement that the submission served. */
export async function receiveAll(folder: DemoFolder, submission: Submission): Promise<readonly Received[]> {
  const served = new Set(submission.agreements.map(({ agreement }) => agreement))
  const received: Received[] = []
  for (const agreement of AGREEMENTS) if (served.has(agreement.id)) received.push(await receive(folder, agreement))
  return received
}

export interface Scans {
  readonly leaks: LeakReport
  /** of what left with shifted dates; null where nothing did */
  readonly shifts: ShiftReport | null
}

/** What holds records, in two heaps: with years for dates, and with shifted ones. */
export function scanned(received: readonly Received[]): { readonly years: readonly string[]; readonly shifted: readonly string[] } {
  const places = (leaves: DemoAgreement['leaves']): string[] =>
    received.filter(({ agreement, records }) => agreement.leaves === leaves && records > 0).map(({ folder }) => folder)
  return { years: places('years'), shifted: places('shifted') }
}

export async function scan(folder: DemoFolder, feed: readonly string[], received: readonly Received[]): Promise<Scans> {
  const { years, shifted } = scanned(received)
  const copies = shifted.length === 0 ? [] : [await withYearsOnly(shifted, join(folder.path, 'years-only'))]
  const { report } = await leakScan(feed, [...years, ...copies], new Date().getFullYear())
  return { leaks: report, shifts: shifted.length === 0 ? null : await shiftScan(feed, shifted) }
}
