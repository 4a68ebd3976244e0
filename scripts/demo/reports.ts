/** What an aggregate-only dataset tells: its MeasureReports, and how many of their numbers are said and how many hidden. Decides nothing. */
import { recordsOf, type Value } from '../leak/read.ts'

export interface Reports {
  readonly reports: number
  /** counts and scores that are said */
  readonly told: number
  /** counts and scores that are masked: too few people stand behind them, or behind what they could be subtracted from */
  readonly hidden: number
}

interface Tally {
  told: number
  hidden: number
}

/** FHIR R4: the numbers of a MeasureReport are population.count and measureScore; one that is absent says why in an extension. */
function add(tally: Tally, value: Value): void {
  if (Array.isArray(value)) for (const item of value) add(tally, item)
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return
  for (const [name, child] of Object.entries(value)) {
    const isScore = name === 'measureScore' && child !== null && typeof child === 'object' && !Array.isArray(child)
    if (name === 'count' || (isScore && 'value' in child)) tally.told += 1
    else if (name === '_count' || isScore) tally.hidden += 1
    else add(tally, child)
  }
}

export async function readReports(folder: string): Promise<Reports> {
  const tally: Tally = { told: 0, hidden: 0 }
  let reports = 0
  for await (const record of recordsOf([folder])) {
    if (record['resourceType'] !== 'MeasureReport') continue
    reports += 1
    add(tally, record)
  }
  return { reports, ...tally }
}
