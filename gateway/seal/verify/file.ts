/**
 * A file to be verified: which of the four kinds it is, and what its check found. Decides by its first bytes. Refuses files of no kind, saying so, and receipts,
 * manifests, accountings and lines larger than any the gateway writes; an export is read as a stream, however large.
 */
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { type Checked, notProved, proved } from '../../core/log/proof-fault.ts'
import { type AccountingFound, checkAccounting } from './accounting.ts'
import { checkEntry, checkExport, type ExportFound } from './export.ts'
import { strictJson, utf8 } from './json.ts'
import type { Keys } from './keys.ts'
import { checkManifest, type ManifestFound } from './manifest.ts'
import { checkReceipt, type Included } from './proof.ts'

export type Found =
  | ({ readonly what: 'receipt' } & Included)
  | ({ readonly what: 'manifest' } & ManifestFound)
  | ({ readonly what: 'export' } & ExportFound)
  | ({ readonly what: 'accounting' } & AccountingFound)

const MAX_RECEIPT = 1 << 20
/** A statement of so many bytes names some 3,000 shards, 750 GB; a manifest holds it in base64url. What they are parsed to takes ten times the memory and more. */
const MAX_LINE = 1 << 20
const MAX_MANIFEST = 1 << 21
/** 5 KB a disclosure and more: thousands of them. */
const MAX_ACCOUNTING = 1 << 25
const RECEIPT = 'c2sp.org/tlog-proof@v1\n'
const EXPORT = '{"export":'
const ACCOUNTING = '{"accounting":'
const NEWLINE = 10
const NO_KIND = 'this file, which is no receipt, manifest, export or accounting'
const PDF = 'this PDF; of an accounting, take out what is attached, accounting.json (pdfdetach -saveall FILE), and verify that'

/** What the file proves. `entry`: for a receipt that brings none along, the path of the entry: its bytes, or a line of an export. */
export async function checkFile(path: string, keys: Keys, entry: string | null): Promise<Checked<Found>> {
  const start = await firstBytes(path)
  if (start.startsWith(RECEIPT)) return checkReceiptFile(path, keys, entry)
  if (start.startsWith(ACCOUNTING)) {
    const text = await wholeText(path, MAX_ACCOUNTING)
    const checked = checkAccounting(text?.replace(/\n$/, '') ?? '', keys.log)
    return checked.ok ? proved({ what: 'accounting', ...checked.found }) : checked
  }
  if (start.startsWith('%PDF')) return notProved('format', PDF)
  if (!start.startsWith('{')) return notProved('format', NO_KIND)
  // An export's members may stand in any order: it is a first line among others, and a manifest is one line alone.
  if (start.startsWith(EXPORT) || !start.includes('"payload":')) {
    if (!(await namesExport(path))) return notProved('format', NO_KIND)
    const checked = await checkExport(linesOf(path), keys.log)
    return checked.ok ? proved({ what: 'export', ...checked.found }) : checked
  }
  const text = await wholeText(path, MAX_MANIFEST)
  const checked = checkManifest(text?.replace(/\n$/, '') ?? '', keys)
  return checked.ok ? proved({ what: 'manifest', ...checked.found }) : checked
}

/** Does the first line say that it is the head of an export, whatever else is wrong with it? */
async function namesExport(path: string): Promise<boolean> {
  for await (const line of linesOf(path)) return line.includes('"export":')
  return false
}

async function checkReceiptFile(path: string, keys: Keys, entry: string | null): Promise<Checked<Found>> {
  const text = await wholeText(path, MAX_RECEIPT)
  if (text === null) return notProved('format', 'the receipt')
  const bytes = entry === null ? proved(null) : await entryBytes(entry)
  if (!bytes.ok) return bytes
  const checked = checkReceipt(text, bytes.found?.bytes ?? null, keys.log)
  if (!checked.ok) return checked
  const index = bytes.found?.index ?? null
  return index === null || index === checked.found.index
    ? proved({ what: 'receipt', ...checked.found })
    : notProved('inclusion', `entry ${index}`)
}

/** The leaf's bytes as they are in a file, or in an entry of an export: then what it says is checked too. */
async function entryBytes(path: string): Promise<Checked<{ readonly bytes: Buffer; readonly index: bigint | null }>> {
  const bytes = await wholeBytes(path, MAX_LINE)
  const value = bytes === null ? undefined : strictJson((utf8(bytes) ?? '').replace(/\n$/, ''))
  if (bytes === null) return notProved('format', 'the entry')
  return typeof value === 'object' && value !== null && 'index' in value ? checkEntry(value, 'the entry') : proved({ bytes, index: null })
}

async function firstBytes(path: string): Promise<string> {
  const file = await open(path)
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(64), 0, 64, 0)
    return buffer.toString('latin1', 0, bytesRead)
  } finally {
    await file.close()
  }
}

async function wholeBytes(path: string, most: number): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > most) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

async function wholeText(path: string, most: number): Promise<string | null> {
  const bytes = await wholeBytes(path, most)
  return bytes === null ? null : utf8(bytes)
}

/** What stands in for a line that is too long or has no newline behind it: no JSON, so it is refused. */
const NO_LINE: Buffer = Buffer.of()

/** The lines of a file, each without its newline. */
async function* linesOf(path: string): AsyncGenerator<Buffer> {
  let rest = NO_LINE
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let from = 0
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, from)) {
      yield at - from > MAX_LINE ? NO_LINE : bytes.subarray(from, at)
      from = at + 1
    }
    rest = bytes.subarray(from)
    if (rest.length > MAX_LINE) break
  }
  if (rest.length > 0) yield NO_LINE
}
