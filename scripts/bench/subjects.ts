/** The subjects that benchmarks release: Synthea's from ../shared/data, each as the lines the gateway keeps of it, or invented ones without it. Decides nothing. */
import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { SourceText, Subject } from '../../gateway/core/deidentify/subject.ts'
import { isExact, parseExact } from '../../gateway/core/fhir/exact.ts'
import type { Identity, Resource } from '../../gateway/core/fhir/resource.ts'
import { makeFeed } from '../../gateway/synthetic/feed.ts'

export interface Line {
  readonly identity: Identity
  readonly text: string
  /** as its frame says it, since it was accepted */
  readonly exact: boolean
}

export interface SubjectLines {
  readonly patient: string
  readonly lines: readonly Line[]
}

const SYNTHEA = new URL('../../../shared/data/synthea-r4-ma-100/bundles.ndjson.gz', import.meta.url).pathname
const SECRET = new Uint8Array(32).fill(7)
const SHARED = new Uint8Array(32).fill(9)

/** A file of Bundles, one patient a line. */
export function readSubjects(file = SYNTHEA): SubjectLines[] {
  if (!existsSync(file)) return madeSubjects(600)
  const bundles = gunzipSync(readFileSync(file)).toString('utf8').split('\n')
  return bundles.filter((line) => line.trim() !== '').flatMap(subjectOf)
}

/** References by urn:uuid resolved to types. */
function subjectOf(line: string): SubjectLines[] {
  const bundle: { entry: { fullUrl: string; resource: Resource }[] } = JSON.parse(line)
  const types = new Map(bundle.entry.map((entry) => [entry.fullUrl, entry.resource.resourceType]))
  const patient = bundle.entry.find((entry) => entry.resource.resourceType === 'Patient')?.resource.id
  if (patient === undefined) return []
  const kept = bundle.entry.filter(({ resource }) => resource.resourceType !== 'Organization' && resource.resourceType !== 'Practitioner')
  const lines = kept.map(({ resource }) =>
    lineOf(resource, (text) =>
      text.replaceAll(
        /"reference":"(urn:uuid:([0-9a-f-]+))"/g,
        (_, urn: string, id: string) => `"reference":"${types.get(urn) ?? 'Basic'}/${id}"`
      )
    )
  )
  return [{ patient, lines }]
}

/** The seeded generator, its seven kinds of clinical and claims records. */
function madeSubjects(patients: number): SubjectLines[] {
  return [...makeFeed({ seed: 'bench', patients, at: '2026-06-30' })].flatMap(({ id, resources }) =>
    id === '' ? [] : [{ patient: id, lines: resources.map((resource) => lineOf(resource, (text) => text)) }]
  )
}

function lineOf(resource: Resource, change: (text: string) => string): Line {
  const text = change(JSON.stringify(resource))
  return { identity: identityOf(resource.resourceType, resource.id ?? ''), text, exact: isExact(text) }
}

export function identityOf(type: string, id: string): Identity {
  return { party: 'bench', base: '', type, id }
}

/** What the engine is given of a subject, but for its records. */
export function subjectFor(patient: string): Omit<Subject<never>, 'records'> {
  return {
    at: '2026-01-01T00:00:00Z',
    secret: SECRET,
    sharedSecret: SHARED,
    surrogate: 'f'.repeat(32),
    shiftDays: 100,
    identity: identityOf('Patient', patient),
    ownBases: []
  }
}

export function sourcesOf({ lines }: SubjectLines): SourceText[] {
  return lines.map(({ identity, text, exact }) => ({ identity, read: () => (exact ? parseExact(text) : JSON.parse(text)) as Resource })) // made by JSON.stringify
}
