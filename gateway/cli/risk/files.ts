/**
 * The files of a report: which of a folder are read (by ending), in which format, and which columns they have. Refuses a folder without data, and to
 * guess where no column is named like a quasi-identifier.
 */
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { RequestError } from '../../core/errors.ts'
import { quasiByName } from '../../core/risk/search/automatic.ts'
import { createCsvReader } from './csv.ts'
import { eachLine } from './lines.ts'
import { columnsOf, isRecord, PATIENT_PATHS } from './records.ts'

type Format = 'csv' | 'ndjson' | 'parquet'

export interface DataFile {
  readonly path: string
  readonly format: Format
  readonly bytes: number
}

const ENDINGS: readonly (readonly [RegExp, Format])[] = [
  [/\.(csv|tsv|txt)(\.gz)?$/i, 'csv'],
  [/\.(ndjson|jsonl)(\.gz)?$/i, 'ndjson'],
  [/\.parquet$/i, 'parquet']
]

/** The data files below a folder in order of their paths, or the one named. */
export function filesAt(path: string): DataFile[] {
  const { size } = statSync(path)
  if (!statSync(path).isDirectory()) return [{ path, format: byEnding(path) ?? byBeginning(path), bytes: size }]
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).sort()
  const files = names.flatMap((name): DataFile[] => {
    const format = byEnding(name)
    return format === null ? [] : [{ path: join(path, name), format, bytes: statSync(join(path, name)).size }]
  })
  if (files.length === 0) throw new RequestError('empty-body', 'The folder holds no .csv, .tsv, .ndjson, .jsonl or .parquet file.')
  return files
}

function byEnding(path: string): Format | null {
  return ENDINGS.find(([ending]) => ending.test(path))?.[1] ?? null
}

function byBeginning(path: string): Format {
  const file = openSync(path, 'r')
  const start = Buffer.alloc(4)
  readSync(file, start, 0, 4, 0)
  closeSync(file)
  if (start.toString('latin1') === 'PAR1') return 'parquet'
  return start.toString('latin1').trimStart().startsWith('{') ? 'ndjson' : 'csv'
}

/** The columns whose names are those of common quasi-identifiers, of the first file that has any. */
export async function guessQuasi(files: readonly DataFile[], sensitive: readonly string[]): Promise<string[]> {
  for (const file of files) {
    const columns = await columnsIn(file)
    const guessed = quasiByName(columns).filter((name) => !sensitive.includes(name))
    const patient = PATIENT_PATHS.filter((name) => columns.includes(name))
    if (patient.length > 0 || guessed.length > 0) return patient.length > 0 ? patient : guessed
  }
  throw new RequestError('bad-request', 'No column is named like a quasi-identifier: name them with --qi.')
}

/** So many records tell which columns there are. */
const LOOKED_AT = 500

async function columnsIn({ path, format }: DataFile): Promise<string[]> {
  const found = new Set<string>()
  if (format === 'parquet') {
    const { openParquet } = await import('./parquet.ts')
    return [...(await openParquet(path)).columns]
  }
  const header = (names: readonly string[]): void => {
    for (const name of names) found.add(name)
  }
  const csv = createCsvReader({ header, row: () => undefined, reject: () => undefined })
  await eachLine(path, (line, number) => {
    if (format === 'csv') csv.push(line, number)
    else for (const name of columnsOf(parsed(line) ?? {})) found.add(name)
    return number >= LOOKED_AT || (format === 'csv' && found.size > 0) ? 'enough' : undefined
  })
  return [...found]
}

/** The line as an object; null when it is none. */
export function parsed(line: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(line)
    return isRecord(value) ? value : null
  } catch {
    return null
  }
}
