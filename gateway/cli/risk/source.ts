/**
 * Rows of all files into one table. Decides what is another table (a file of rows that has none of the columns: left out, and counted). Refuses a column
 * that stands in no row: a name misspelt would make the risk look smaller than it is. Holds combinations of values, never the rows.
 */
import { RequestError } from '../../core/errors.ts'
import { createTableBuilder, type Table } from '../../core/risk/measure/table.ts'
import { createCsvReader, UNREADABLE } from './csv.ts'
import { type DataFile, parsed } from './files.ts'
import { eachLine, type Seen } from './lines.ts'
import { type Fields, fieldsOf, valuesOf } from './records.ts'

export interface ReadData {
  readonly table: Table
  readonly files: number
  /** rows that could not be read, and where the first of them stand: file and line, from 1 */
  readonly rejected: number
  readonly firstRejected: readonly { readonly file: number; readonly line: number }[]
  /** FHIR records of other types */
  readonly others: number
  /** files of other tables */
  readonly leftOut: number
}

interface Sink {
  readonly names: readonly string[]
  readonly fields: Fields
  readonly row: (string | null)[]
  /** per name whether a file has such a column */
  readonly found: boolean[]
  readonly add: () => void
  readonly other: () => void
  readonly reject: (line: number) => void
  readonly leaveOut: () => void
  readonly seen: Seen
}

const TOLD = 5

/** `seen`: bytes read of all files together. */
export async function readTable(
  files: readonly DataFile[],
  quasi: readonly string[],
  sensitive: readonly string[],
  seen: Seen = () => undefined
): Promise<ReadData> {
  const names = [...quasi, ...sensitive]
  if (new Set(names).size < names.length) throw new RequestError('bad-request', 'A column is named twice among --qi and --sensitive.')
  const fields = fieldsOf(names)
  if (fields === 'mixed') throw new RequestError('bad-request', 'All paths must begin with the same resource type: a row is one resource.')
  const builder = createTableBuilder(quasi, sensitive)
  const row: (string | null)[] = names.map(() => null)
  const [filled, found] = [names.map(() => false), names.map(() => false)]
  const counts = { others: 0, rejected: 0, leftOut: 0 }
  const firstRejected: { file: number; line: number }[] = []
  let before = 0
  for (const [index, file] of files.entries()) {
    await readInto(file, {
      names,
      fields,
      row,
      found,
      add: () => {
        for (let at = 0; at < row.length; at += 1) if ((row[at] ?? '') !== '') filled[at] = true
        builder.add(row)
      },
      other: () => {
        counts.others += 1
      },
      leaveOut: () => {
        counts.leftOut += 1
      },
      reject: (line) => {
        counts.rejected += 1
        if (firstRejected.length < TOLD) firstRejected.push({ file: index + 1, line })
      },
      seen: (bytes) => seen(before + bytes)
    })
    before += file.bytes
  }
  const table = builder.finish()
  refuseUnseen(table.rows > 0 ? filled : found, table)
  if (table.rows + table.suppressed === 0 && counts.others + counts.leftOut > 0)
    throw new RequestError('bad-request', 'No file has a column that was named, or no record is of that type: see how they are spelt.')
  return { table, files: files.length - counts.leftOut, firstRejected, ...counts }
}

/** Of a file without rows its first line must have the columns: nothing at all would else be called safe. */
function refuseUnseen(seen: readonly boolean[], { rows }: Table): void {
  const unseen = seen.indexOf(false)
  if (unseen >= 0 && (rows > 0 || seen.includes(true)))
    throw new RequestError('bad-request', `No row has a value in column ${unseen + 1} of those named: see how it is spelt.`)
}

function readInto(file: DataFile, sink: Sink): Promise<void> {
  if (file.format === 'csv') return readCsv(file.path, sink)
  return file.format === 'ndjson' ? readRecords(file.path, sink) : readParquet(file, sink)
}

function refuseHeader(header: readonly string[], names: readonly string[]): void {
  if (header.some((name) => name.includes('\r')))
    throw new RequestError('bad-request', 'Lines end in a carriage return alone: write them with line feeds.')
  if (names.some((name) => header.indexOf(name) !== header.lastIndexOf(name)))
    throw new RequestError('bad-request', 'A column that was named stands twice in a file: rename one of them.')
}

async function readCsv(path: string, { names, row, found, add, reject, leaveOut, seen }: Sink): Promise<void> {
  let places: number[] = []
  const csv = createCsvReader({
    header: (header) => {
      refuseHeader(header, names)
      places = names.map((name) => header.indexOf(name))
      places.forEach((place, index) => {
        if (place >= 0) found[index] = true
      })
    },
    row: (fields) => {
      for (let index = 0; index < places.length; index += 1) row[index] = fields[places[index] ?? -1] ?? null
      add()
    },
    reject
  })
  const take = (line: string, number: number): 'enough' | undefined => {
    csv.push(line, number)
    return places.length > 0 && places.every((place) => place < 0) ? 'enough' : undefined
  }
  await eachLine(path, take, seen)
  if (places.every((place) => place < 0)) leaveOut()
  else csv.end()
}

async function readRecords(path: string, { fields, row, add, other, reject, seen }: Sink): Promise<void> {
  const take = (line: string, number: number): undefined => {
    if (line.trim() === '') return
    const record = line.includes(UNREADABLE) ? null : parsed(line)
    if (record === null) reject(number)
    else if (valuesOf(record, fields, row)) add()
    else other()
  }
  await eachLine(path, take, seen)
}

async function readParquet({ path, bytes }: DataFile, { names, fields, row, add, other, leaveOut, seen }: Sink): Promise<void> {
  // loaded only when asked for: it brings a library
  const { openParquet } = await import('./parquet.ts')
  const file = await openParquet(path)
  const columns = file.columns.filter((column) => names.some((name) => name === column || name.startsWith(`${column}.`)))
  if (columns.length === 0) leaveOut()
  else
    await file.read(
      columns,
      (record) => (valuesOf(record, fields, row) ? add() : other()),
      (share) => seen(share * bytes)
    )
}
