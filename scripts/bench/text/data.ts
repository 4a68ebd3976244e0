/** Reads the files of ../shared/data that texts are measured on; null where there are none. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'

const FOLDER = fileURLToPath(new URL('../../../../shared/data/', import.meta.url))

export function readText(name: string): string | null {
  const file = `${FOLDER}${name}`
  if (!existsSync(file)) return null
  const bytes = readFileSync(file)
  return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
}

/** The lines of a file that are not empty, each parsed. `Row` is what the corpus' own page says of a line: a wrong one fails the run, and no more. */
export function readLines<Row>(name: string): Row[] | null {
  const lines = readText(name)?.split('\n')
  return lines?.filter((line) => line !== '').map((line) => JSON.parse(line) as Row) ?? null
}

export function readJson<Shape>(name: string): Shape | null {
  const text = readText(name)
  return text === null ? null : (JSON.parse(text) as Shape)
}

/** The rows of a CSV file (RFC 4180) below its head. */
export function readCsv(name: string): string[][] | null {
  const text = readText(name)
  if (text === null) return null
  const rows: string[][] = [[]]
  for (const [, quoted, plain = '', end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r?\n|$)/g)) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain)
    if (end !== ',') rows.push([])
  }
  return rows.slice(1).filter((row) => row.length > 1)
}
