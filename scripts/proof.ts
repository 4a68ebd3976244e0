/**
 * The proof of de-identification, over every set of FHIR data there is: what was released and withheld, that nothing identifying is left (the leak scan), that
 * all of it is R4, and that codings, quantities and statuses of released records came through whole. Refuses to call a set clean of which nothing was released.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { locateRecordProfile } from '../gateway/cli/deidentify/locate.ts'
import type { RecordProfile } from '../gateway/core/deidentify/profile/profile.ts'
import { DATE_KEY } from './leak/explained.ts'
import { isFreeText } from './leak/plain.ts'
import type { Finding } from './leak/search.ts'
import { type LeakReport, leakScan } from './leak-scan.ts'
import { type Balance, balance } from './proof/codings.ts'
import type { Moved } from './proof/intervals.ts'
import { release } from './proof/release.ts'
import { type DataSet, feedSet, sharedSets } from './proof/sets.ts'

/** The release moment: fixed, so that a proof can be repeated. */
const AT = '2026-07-01T00:00:00Z'

export interface ProofRow {
  readonly set: string
  readonly received: number
  readonly released: number
  readonly withheld: Readonly<Record<string, number>>
  readonly rejected: Readonly<Record<string, number>>
  readonly scan: LeakReport
  /** Findings that the mode does not let stand: under safe-harbor all, else names, numbers, ids, texts and streets. */
  readonly leaks: readonly Finding[]
  readonly invalid: readonly string[]
  readonly balance: Balance
  readonly moved: Moved | null
}

export async function prove(set: DataSet, profile: RecordProfile): Promise<ProofRow> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-proof-'))
  try {
    const { input, output, outcome, ledger, moved, invalid } = await release(set, profile, AT, folder)
    const { report, findings } = await leakScan([input], [output], Number(AT.slice(0, 4)))
    const { received, released, withheld, rejected } = outcome
    const leaks = findings.filter((finding) => !mayStand(profile.mode, finding))
    return { set: set.name, received, released, withheld, rejected, scan: report, leaks, invalid, balance: balance(ledger), moved }
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Dates may stand in the other two modes, with what in them is also the number of a house or a record; towns and ZIP codes in a limited data set (45 CFR 164.514(e)(2)(ii)). */
function mayStand(mode: RecordProfile['mode'], { kind, where, value }: Finding): boolean {
  if (mode === 'safe-harbor') return false
  if (kind === 'date' || kind === 'shape' || kind === 'unexplained') return true
  // a text in which nothing identifies leaves as it came
  if (kind === 'content' && isFreeText(where)) return true
  if (/^[\dtz:.+-]+$/i.test(value) && DATE_KEY.test(where.split('.').at(-1) ?? '')) return true
  return mode === 'limited-data-set' && /\.address\.(city|postalCode)$/.test(where)
}

/** What is wrong with a row: empty when the set is proved, or nothing of it was released. What is lost for no reason named is wrong as well. */
export function problemsOf(row: ProofRow): readonly string[] {
  if (row.released === 0) return []
  const proves = row.scan.verdict === 'clean' || row.scan.verdict === 'leaks'
  return [
    ...(proves ? [] : [`proves nothing: ${row.scan.verdict}`]),
    ...new Set(row.leaks.map(({ kind, where }) => `leak: ${kind} in ${where}`)),
    ...row.invalid.map((fault) => `not R4: ${fault}`),
    ...row.balance.lost.map((place) => `lost: ${place}`),
    ...[...(row.moved?.others ?? [])].map((place) => `not moved by the days of its subject: ${place}`)
  ]
}

function say(row: ProofRow): string {
  const reasons = { ...row.rejected, ...row.withheld }
  const withheld = Object.entries(reasons).map(([code, times]) => `${times} ${code}`)
  const verdict = row.released === 0 ? 'nothing released' : problemsOf(row).length === 0 ? 'proved' : 'NOT PROVED'
  const kinds = [...row.balance.byKind].map(([kind, { before, after }]) => `${kind} ${before} → ${after}`)
  const lines = [
    `${row.set}: ${verdict}`,
    `  resources ${row.received}, released ${row.released}, withheld ${withheld.length === 0 ? 'none' : withheld.join(', ')}`,
    `  planted ${row.scan.planted}, found ${row.leaks.length}; by coincidence ${coincidencesOf(row)}`
  ]
  if (row.moved !== null)
    lines.push(`  dates moved by the days of their subject, to the second: ${row.moved.dates}; others: ${row.moved.others.size}`)
  if (kinds.length > 0) lines.push(`  kept: ${kinds.join(', ')}`)
  for (const [reason, times] of row.balance.byDesign) lines.push(`  by design ${times}: ${reason}`)
  return [...lines, ...problemsOf(row).map((problem) => `  ! ${problem}`), ''].join('\n')
}

function coincidencesOf(row: ProofRow): string {
  const excuses = Object.entries(row.scan.excuses).map(([excuse, times]) => `${times} ${excuse}`)
  return excuses.length === 0 ? 'none' : excuses.join(', ')
}

async function main(): Promise<number> {
  const options = {
    patients: { type: 'string', default: '2000' },
    set: { type: 'string', default: '' },
    profile: { type: 'string', default: 'safe-harbor' }
  } as const
  const { values } = parseArgs({ options })
  const { profile } = locateRecordProfile(values.profile)
  const shared = sharedSets()
  if (shared === null) process.stdout.write('skipped: no ../shared/data\n')
  const sets = [...(shared ?? []), feedSet(Number(values.patients))].filter((set) => set.name.includes(values.set))
  let failed = 0
  for (const set of sets) {
    const row = await prove(set, profile)
    process.stdout.write(`${say(row)}\n`)
    if (problemsOf(row).length > 0) failed++
  }
  process.stdout.write(`${sets.length - failed} of ${sets.length} sets without a problem, under ${profile.name} ${profile.version}\n`)
  return failed === 0 ? 0 : 3
}

if (import.meta.main) process.exitCode = await main()
