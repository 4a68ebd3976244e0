/**
 * One policy document from bytes to a typed value: UTF-8, JSON without a key named twice, and its schema in schemas/policy. Refuses a key it
 * does not know, naming the nearest that it does. Policy files hold no PHI, so their words may be printed.
 */
import { isUtf8 } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { Ajv, type ErrorObject } from 'ajv'
import { closest } from 'fastest-levenshtein'
import type { Fault } from '../core/errors.ts'
import { countKeys, screen } from '../core/fhir/screen.ts'
import type { Agreement, AgreementCase, LogPolicy, Officer, Party, Profile, RiskPlan } from '../generated/policy.ts'

/** What reading one document gave: the value, or everything that is wrong with it. */
export type Read<Document> = { readonly document: Document } | { readonly faults: readonly Fault[] }

/** Reads the file at `path`; fault paths are JSON pointers into the document. */
export type Reader<Document> = (path: string) => Read<Document>

export interface PolicyReaders {
  readonly agreement: Reader<Agreement>
  /** of what `parseText` read */
  readonly agreementValue: (document: unknown) => Read<Agreement>
  readonly agreementCase: Reader<AgreementCase>
  readonly log: Reader<LogPolicy>
  readonly officer: Reader<Officer>
  readonly party: Reader<Party>
  readonly profile: Reader<Profile>
  readonly risk: Reader<RiskPlan>
}

const SCHEMAS = new URL('../../schemas/policy/', import.meta.url)
const DEPTH = 32

/** Compiles the schemas (some 50 ms): once per load. */
export function createPolicyReaders(): PolicyReaders {
  const ajv = new Ajv({ allErrors: true, verbose: true, strict: true, allowUnionTypes: true, discriminator: true })
  const agreementValue = judgeOf<Agreement>(ajv, 'agreement.json')
  return {
    agreement: fileReader(agreementValue),
    agreementValue,
    agreementCase: readerOf(ajv, 'case.json'),
    log: readerOf(ajv, 'log.json'),
    officer: readerOf(ajv, 'officer.json'),
    party: readerOf(ajv, 'party.json'),
    profile: readerOf(ajv, 'profile.json'),
    risk: readerOf(ajv, 'risk.json')
  }
}

function readerOf<Document>(ajv: Ajv, schema: string): Reader<Document> {
  return fileReader(judgeOf(ajv, schema))
}

function judgeOf<Document>(ajv: Ajv, schema: string): (document: unknown) => Read<Document> {
  const validate = ajv.compile<Document>(JSON.parse(readFileSync(new URL(schema, SCHEMAS), 'utf8')))
  return (document) => {
    if (isDenyList(document)) return broken(DENY_LIST)
    return validate(document) ? { document } : { faults: (validate.errors ?? []).flatMap(faultOf) }
  }
}

function fileReader<Document>(judge: (document: unknown) => Read<Document>): Reader<Document> {
  return (path) => {
    const bytes = bytesOf(path)
    const parsed = bytes === null ? broken('cannot be read') : parseText(bytes)
    return 'faults' in parsed ? parsed : judge(parsed.document)
  }
}

/** A configuration of Microsoft's tool: what none of its rules names would leave, so no release may stand on it (45 CFR 164.514(b)). */
const DENY_LIST =
  "is a deny-list of Microsoft's tool: what it does not name would leave. sallyport profile import makes an allow-list of it, and lists what it lets through"

function isDenyList(document: unknown): boolean {
  return typeof document === 'object' && document !== null && Object.keys(document).some((key) => key.toLowerCase() === 'fhirpathrules')
}

/** A JSON text that reads in one way only. */
export function parseText(bytes: Buffer): Read<unknown> {
  if (!isUtf8(bytes)) return broken('is not UTF-8')
  const screened = screen(bytes, 0, bytes.length, DEPTH)
  if (screened.tooDeep) return broken(`is nested more than ${DEPTH} deep`)
  try {
    const document: unknown = JSON.parse(bytes.toString('utf8'))
    return countKeys(document) === screened.keys ? { document } : broken('names a key twice in one object, so it could be read in two ways')
  } catch {
    return broken('is not JSON')
  }
}

function bytesOf(path: string): Buffer | null {
  try {
    return readFileSync(path)
  } catch {
    return null
  }
}

function broken(message: string): { readonly faults: readonly Fault[] } {
  return { faults: [{ path: '', message }] }
}

/** RFC 7518 §6.2.2, §6.3.2, §6.4: where one of these stands, a private or shared key stands. */
const PRIVATE_MEMBERS: ReadonlySet<string> = new Set(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'])

/** ajv's errors in our words. A propertyNames error only repeats the one inside it. */
function faultOf(error: ErrorObject): Fault[] {
  const { instancePath: path, keyword, params } = error
  if (keyword === 'additionalProperties') return [unknownKey(path, String(params['additionalProperty']), error.parentSchema)]
  if (keyword === 'required') return [{ path: `${path}/${String(params['missingProperty'])}`, message: 'is missing' }]
  if (keyword === 'propertyNames') return []
  if (keyword === 'discriminator') return [{ path: `${path}/${String(params['tag'])}`, message: 'is missing, or not one that is known' }]
  if (error.propertyName !== undefined) return [{ path: `${path}/${error.propertyName}`, message: 'is not a name that may stand here' }]
  if (keyword === 'enum') return [{ path, message: `must be one of ${(params['allowedValues'] as unknown[]).map(String).join(', ')}` }]
  if (keyword === 'pattern') return [{ path, message: `must look like ${String(params['pattern'])}` }]
  return [{ path, message: error.message ?? 'is not valid' }]
}

function unknownKey(path: string, key: string, schema: ErrorObject['parentSchema']): Fault {
  const at = `${path}/${key}`
  if (path.startsWith('/jwks/keys/') && PRIVATE_MEMBERS.has(key)) {
    return {
      path: at,
      message: 'is part of a private key: give only the public key, and make a new pair, for this one is no longer secret'
    }
  }
  const near = nearest(key, Object.keys(schema?.['properties'] ?? {}))
  return { path: at, message: `is not a known key${near === null ? '' : `; the nearest is ${near}`}` }
}

/** The known word with the fewest letters changed; null when nothing is known. */
export function nearest(word: string, known: Iterable<string>): string | null {
  const words = [...known]
  return words.length === 0 ? null : closest(word, words)
}
