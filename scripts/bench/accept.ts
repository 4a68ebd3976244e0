/**
 * How fast a body becomes kept records on one thread, against the floor of JSON.parse of the same lines in the same run. Uses Synthea from
 * ../shared/data. Prints numbers and ratios; decides nothing.
 */
import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { createCutter, type Part } from '../../gateway/core/fhir/cut.ts'
import { namesOf, readPart } from '../../gateway/core/fhir/part.ts'
import { countKeys, screen } from '../../gateway/core/fhir/screen.ts'
import { validateResource } from '../../gateway/generated/fhir-validate.js'

const LIMITS = { recordBytes: 10 * 1024 * 1024, bundleBytes: 16 * 1024 * 1024, depth: 64 }
const SENDER = { party: 'demo-hospital', ownBases: [] }
const FILE = new URL('../../../shared/data/synthea-r4-ma-100/bundles.ndjson.gz', import.meta.url)
const ROUNDS = 4

interface Kept {
  readonly text: string
}

function cut(body: Buffer): Part[] {
  const cutter = createCutter(LIMITS)
  const parts: Part[] = []
  for (let at = 0; at < body.length; at += 65_536) parts.push(...cutter.push(body.subarray(at, at + 65_536)))
  parts.push(...cutter.end())
  return parts
}

function read(parts: readonly Part[], keep: (record: Kept) => void): void {
  const names = new Map(parts.filter((part) => part.kind === 'entries').flatMap((part) => namesOf(part, LIMITS)))
  const reader = { keep, refuse: () => undefined }
  for (const part of parts) readPart(part, LIMITS, SENDER, (name) => names.get(name), reader)
}

/** Milliseconds of processor time (all threads of the process) of the fastest of some rounds: the machine may be shared. */
function fastest(run: () => void): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const began = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(began)
    return (user + system) / 1000
  })
  return Math.min(...times)
}

function each<Item>(items: readonly Item[], run: (item: Item) => unknown): () => void {
  return () => {
    for (const item of items) run(item)
  }
}

let floor = 0

function tell(step: string, records: number, bytes: number, run: () => void): void {
  const ms = fastest(run)
  if (floor === 0) floor = ms / bytes
  const rate = Math.round(records / ms)
  const ratio = (floor / (ms / bytes)).toFixed(2)
  console.log(
    `${step.padEnd(32)} ${(bytes / 1e3 / ms).toFixed(0).padStart(5)} MB/s ${String(rate).padStart(5)} k resources/s  ${ratio} x floor`
  )
}

/** Bodies first, then single steps: records that are kept alive would cost the bodies' runs time. */
function bench(bundles: Buffer): void {
  const texts: string[] = []
  read(cut(bundles), (record) => texts.push(record.text))
  const count = texts.length
  const lines = Buffer.from(`${texts.join('\n')}\n`)
  console.log(`${count} resources, ${(lines.length / 1e6).toFixed(1)} MB`)
  tell(
    'JSON.parse (the floor)',
    count,
    lines.length,
    each(texts, (text) => JSON.parse(text))
  )
  const drop = (): undefined => undefined
  tell('cut and read: lines', count, lines.length, () => read(cut(lines), drop))
  tell('cut and read: a Bundle a line', count, bundles.length, () => read(cut(bundles), drop))
  const shells = bundles.toString().trim().split('\n')
  const entries = shells.map((line) => line.slice(line.indexOf('[') + 1, line.lastIndexOf(']')))
  const large = Buffer.from(`{"resourceType":"Bundle","type":"collection","entry":[${entries.join(',')}]}`)
  tell('cut and read: a large Bundle', count, large.length, () => read(cut(large), drop))
  tell('cut lines', count, lines.length, () => void cut(lines))
  tell('cut a large Bundle', count, large.length, () => void cut(large))
  const buffers = texts.map((text) => Buffer.from(text))
  tell(
    'screen',
    count,
    lines.length,
    each(buffers, (bytes) => screen(bytes, 0, bytes.length, 64))
  )
  const resources = texts.map((text): object => JSON.parse(text))
  tell('count keys', count, lines.length, each(resources, countKeys))
  tell('validate', count, lines.length, each(resources, validateResource))
}

if (existsSync(FILE)) bench(gunzipSync(readFileSync(FILE)))
else console.log('skipped: no ../shared/data')
