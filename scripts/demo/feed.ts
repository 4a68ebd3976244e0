/** What the demo sends: the synthetic feed, or files of the user's own. Counts patients and decides who is opted out. */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeFolder } from '../../gateway/synthetic/write.ts'
import { recordsOf } from '../leak/read.ts'
import type { DemoFolder } from './folder.ts'

export interface DemoFeed {
  readonly paths: readonly string[]
  readonly origin: 'synthetic' | 'own data'
  readonly patients: number
  readonly records: number
  readonly optedOut: number
  /** for `consent opt-out --file`; null when nobody is opted out */
  readonly optOuts: string | null
}

export interface Wanted {
  readonly data: readonly string[]
  readonly patients: number
  readonly seed: string
}

/** One of twenty and more: enough to show what an opt-out does, and no more of somebody's own data is withheld. */
const OPT_OUT_FROM = 20

function isFhir(record: Readonly<Record<string, unknown>>): boolean {
  return typeof record['resourceType'] === 'string'
}

function ownOptOuts(paths: readonly string[]): string | null {
  const beside = paths.filter((path) => statSync(path).isDirectory()).map((path) => join(path, 'optouts.ndjson'))
  return beside.find((path) => existsSync(path)) ?? null
}

async function ownFeed(folder: DemoFolder, paths: readonly string[]): Promise<DemoFeed> {
  const patients = new Set<string>()
  let records = 0
  for await (const record of recordsOf(paths)) {
    if (!isFhir(record)) continue
    records += 1
    if (record['resourceType'] === 'Patient') patients.add(String(record['id']))
  }
  const given = ownOptOuts(paths)
  const optOuts = given ?? join(folder.path, 'optouts.ndjson')
  if (given === null) {
    const chosen = patients.size < OPT_OUT_FROM ? [] : [...patients].sort().slice(0, 1)
    writeFileSync(optOuts, chosen.map((patient) => `${JSON.stringify({ patient })}\n`).join(''))
  }
  const optedOut = linesOf(optOuts)
  return { paths, origin: 'own data', patients: patients.size, records, optedOut, optOuts: optedOut === 0 ? null : optOuts }
}

function linesOf(path: string): number {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '').length
}

async function syntheticFeed(folder: DemoFolder, wanted: Wanted): Promise<DemoFeed> {
  mkdirSync(folder.files.feed, { recursive: true })
  const at = '2026-06-30' // fixed, so that the same seed is the same feed on any day
  const summary = await writeFolder({ seed: wanted.seed, patients: wanted.patients, at }, { folder: folder.files.feed, compress: 'none' })
  const optOuts = summary.optedOut === 0 ? null : join(folder.files.feed, 'optouts.ndjson')
  return {
    paths: [folder.files.feed],
    origin: 'synthetic',
    patients: summary.patients,
    records: summary.resources,
    optedOut: summary.optedOut,
    optOuts
  }
}

export function prepareFeed(folder: DemoFolder, wanted: Wanted): Promise<DemoFeed> {
  return wanted.data.length > 0 ? ownFeed(folder, wanted.data) : syntheticFeed(folder, wanted)
}
