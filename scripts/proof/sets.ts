/**
 * The sets of FHIR data a proof is made over: the invented feed, and what stands in the data folder beside the repository. Each becomes lines of one resource or
 * Bundle. Refuses nothing: what is no FHIR is for the door to refuse.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { makeFeed } from '../../gateway/synthetic/feed.ts'

const DATA = fileURLToPath(new URL('../../../shared/data/', import.meta.url))

export interface DataSet {
  readonly name: string
  readonly lines: () => Iterable<string>
}

/** Folders with FHIR in them, and where below they have it. */
const FOLDERS: readonly (readonly [string, readonly string[]])[] = [
  ['synthea-r4-ma-100', ['.', 'shared']],
  ['synthea-r4-ma-20-notes', ['.']],
  ['synthea-r4-wa-11-notes', ['.', 'shared']],
  ['bulk-export-ks-13', ['.']],
  ['cms-bcda-samples', ['.']],
  ['hcc-risk', ['samples']],
  ['deqm-examples', ['.']],
  ['ecqm-2024-tests', ['.']],
  ['ecqm-2024-valuesets', ['.']],
  ['hl7v2-messages', ['expected-fhir']],
  ['fhir-r4-examples', ['.']],
  ['us-core-examples', ['.']],
  ['us-core-3.1.1-definitions', ['.']]
]
const FHIR_FILE = /\.(ndjson|json)(\.gz)?$/

/** Null where the folder beside the repository is absent. */
export function sharedSets(): readonly DataSet[] | null {
  if (!existsSync(DATA)) return null
  return FOLDERS.filter(([name]) => existsSync(`${DATA}${name}`)).map(([name, below]) => ({
    name,
    lines: () => linesBelow(below.map((folder) => `${DATA}${name}/${folder}`))
  }))
}

/** The invented feed of so many patients. */
export function feedSet(patients: number): DataSet {
  return {
    name: `synthetic feed, ${patients} patients`,
    *lines() {
      for (const { resources } of makeFeed({ seed: 'proof', patients, at: '2026-06-30' }))
        for (const resource of resources) yield JSON.stringify(resource)
    }
  }
}

function* linesBelow(folders: readonly string[]): Generator<string> {
  for (const folder of folders)
    for (const name of readdirSync(folder).filter((file) => FHIR_FILE.test(file) && file !== 'log.ndjson.gz'))
      yield* linesOf(`${folder}/${name}`)
}

function* linesOf(path: string): Generator<string> {
  const bytes = readFileSync(path)
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  if (!/\.ndjson/.test(path)) yield JSON.stringify(JSON.parse(text))
  else for (const line of text.split('\n')) if (line.trim() !== '') yield* recordsOf(line)
}

/** A test case of a measure is a list of resources in an envelope of its own. */
function* recordsOf(line: string): Generator<string> {
  if (!line.startsWith('{"measure":')) {
    yield line
    return
  }
  const test: { resources: object[] } = JSON.parse(line)
  for (const resource of test.resources) yield JSON.stringify(resource)
}
