/**
 * Who took part in an entry and what it is about, in the forms that BALP's profiles ask for. Decides from the statement alone; what the log does not keep
 * (network addresses of parties) is said to be unknown, and a patient stands only where the reader named one.
 */
import type { Json } from '../digest.ts'
import { asciiJson } from './ascii.ts'
import type { Form } from './balp.ts'
import { CODE, type Coding, ENTITY } from './codes.ts'

type Statement = { readonly [member: string]: Json | undefined }
type Part = Readonly<Record<string, unknown>>

/** What the parts are made of. */
export interface Scene {
  readonly statement: Statement
  /** the log's origin: names this gateway in every event, whichever replica or desk makes it */
  readonly origin: string
  /** as the reader named it; null where none was */
  readonly patient: string | null
}

interface Parts {
  readonly agent: readonly Part[]
  readonly entity: readonly Part[]
}

/** The dataAbsentReason of R4: BALP's profiles want the network of each machine, and the log keeps none of the parties'. */
const UNKNOWN_NETWORK = {
  extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' }]
}

/** A reference by identifier alone: there is no such resource to read here. */
function named(kind: string, value: string, rest: Part = {}): Part {
  return { ...rest, identifier: { system: `urn:sallyport:${kind}`, value: bounded(value) } }
}

export function gatewayOf(origin: string): Part {
  return named('gateway', origin, { type: 'Device' })
}

function textOf(statement: Statement, ...members: readonly string[]): string | null {
  for (const member of members) {
    const value = statement[member]
    if (typeof value === 'string' && value !== '') return value
  }
  return null
}

/** The party; a name of nobody where the statement has none: FHIR wants somebody to stand there. */
function partyRef(id: string | null): Part {
  return id === null ? { display: 'not known' } : named('party', id, { type: 'Organization' })
}

function agent(type: Coding, who: Part, requestor: 'asks' | 'answers', rest: Part = {}): Part {
  return { type: { coding: [type] }, who, requestor: requestor === 'asks', ...rest }
}

function gateway(type: Coding, origin: string): Part {
  return agent(type, gatewayOf(origin), 'answers', { network: { address: origin.split('/')[0] ?? origin, type: '1' } })
}

function machine(type: Coding, id: string | null): Part {
  return agent(type, partyRef(id), 'asks', { network: UNKNOWN_NETWORK })
}

/** An officer by name, or by the account of the operating system. */
function atDesk(statement: Statement): string | null {
  return textOf(statement, 'officer', 'account')
}

function officer(statement: Statement): Part {
  return agent(CODE.user, { display: bounded(atDesk(statement) ?? 'not known') }, 'asks')
}

/**
 * Bytes of all details and of a query, as they are sent (ASCII), and letters of one text: whatever a statement says, its event stays below the 8 KiB that
 * receivers of syslog should take (RFC 5425 §4.3.1).
 */
const DETAIL_BYTES = 3500
const QUERY_BYTES = 2600
const TEXT_LENGTH = 300
/** Members that stand elsewhere in the event. */
const ELSEWHERE = new Set(['v', 'kind', 'at', 'purposeOfUse'])

/** A statement's numbers, texts and truths, each under its path; of a list of objects, how many. */
function* leaves(path: string, value: Json | undefined): Generator<readonly [path: string, text: string]> {
  if (value === null || value === undefined) return
  if (Array.isArray(value)) yield [path, value.some((item) => typeof item === 'object') ? String(value.length) : value.join(' ')]
  else if (typeof value === 'object') for (const [name, member] of Object.entries(value)) yield* leaves(`${path}.${name}`, member)
  else yield [path, String(value)]
}

function details(statement: Statement): Part[] {
  const found: Part[] = []
  let left = DETAIL_BYTES
  for (const [name, value] of Object.entries(statement)) {
    if (ELSEWHERE.has(name)) continue
    for (const [type, text] of leaves(name, value)) {
      const detail = { type: shown(type), valueString: shown(text) }
      left -= asciiJson(detail).length
      if (left < 0) return found
      found.push(detail)
    }
  }
  return found
}

/** What a FHIR string may hold (R4 2.24.0.1), bounded; never empty. */
function shown(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly those that a FHIR string may not hold
  return text.slice(0, TEXT_LENGTH).replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, ' ') || '-'
}

/** The same of a name, of so many bytes as it is sent. */
export function bounded(text: string): string {
  const cut = shown(text)
  return asciiJson(cut).length <= TEXT_LENGTH ? cut : shown(text.slice(0, TEXT_LENGTH / 6 - 1))
}

function told(statement: Statement): Part {
  const detail = details(statement)
  return detail.length === 0 ? {} : { detail }
}

/** The one thing the entry is about: a dataset, a submission, or what else it names. */
function subjectMatter({ statement }: Scene): Part {
  const dataset = textOf(statement, 'dataset')
  const submission = textOf(statement, 'submission')
  const name = textOf(statement, 'shard')
  const rest = { type: ENTITY.object, ...(name === null ? {} : { name: bounded(name) }), ...told(statement) }
  if (dataset !== null) return { what: named('dataset', dataset), role: ENTITY.dataRole, ...rest }
  if (submission !== null) return { what: named('submission', submission), role: ENTITY.jobRole, ...rest }
  return { what: { display: 'see detail' }, role: ENTITY.dataRole, ...rest }
}

function agreement({ statement }: Scene): Part[] {
  const value = statement['agreement']
  const id = typeof value === 'object' && value !== null && !Array.isArray(value) ? textOf(value, 'id') : textOf(statement, 'agreement')
  return id === null ? [] : [{ what: named('agreement', id), type: ENTITY.other, role: ENTITY.securityRole }]
}

function patient(scene: Scene): Part[] {
  if (scene.patient === null) return []
  return [{ what: named('patient', scene.patient, { type: 'Patient' }), type: ENTITY.person, role: ENTITY.patientRole }]
}

function about(scene: Scene): Part[] {
  return [...patient(scene), subjectMatter(scene), ...agreement(scene)]
}

/** What was asked, as names and values of ours; base64 as FHIR wants it. */
function query(text: string): Part {
  return {
    type: ENTITY.object,
    role: ENTITY.queryRole,
    query: Buffer.from(text === '' ? '-' : text, 'utf8')
      .subarray(0, QUERY_BYTES)
      .toString('base64')
  }
}

function scopesOf({ scopes }: Statement): string {
  return Array.isArray(scopes) ? scopes.join(' ') : ''
}

/** The authorization decision of BALP: its entities are closed, so all that is told stands with the consent. */
function decisionEntities(scene: Scene): Part[] {
  if (scene.patient === null) return about(scene)
  const id = textOf(scene.statement, 'agreement') ?? 'not known'
  const what = named('agreement', id, { type: 'Consent', display: 'The agreement, and no opt-out of the patient when it was decided.' })
  return [...patient(scene), { what, type: ENTITY.consent, ...told(scene.statement) }]
}

function actor({ statement }: Scene): string | null {
  return textOf(statement, 'sentBy', 'party', 'recipient', 'source')
}

const FORMS: Readonly<Record<Form, (scene: Scene) => Parts>> = {
  disclosure: (scene) => ({
    agent: [
      gateway(CODE.source, scene.origin),
      machine(CODE.destination, textOf(scene.statement, 'recipient')),
      agent(CODE.custodian, partyRef(textOf(scene.statement, 'source')), 'answers')
    ],
    entity: about(scene)
  }),
  receipt: (scene) => ({ agent: [gateway(CODE.source, scene.origin), machine(CODE.destination, actor(scene))], entity: about(scene) }),
  import: (scene) => ({ agent: [machine(CODE.source, actor(scene)), gateway(CODE.destination, scene.origin)], entity: about(scene) }),
  read: (scene) => ({ agent: [gateway(CODE.source, scene.origin), machine(CODE.destination, actor(scene))], entity: about(scene) }),
  query: (scene) => ({
    agent: [
      atDesk(scene.statement) === null
        ? machine(CODE.source, actor(scene))
        : agent(CODE.source, { display: 'the desk of the gateway' }, 'answers', { network: UNKNOWN_NETWORK }),
      gateway(CODE.destination, scene.origin),
      ...(atDesk(scene.statement) === null ? [] : [officer(scene.statement)])
    ],
    entity: [...patient(scene), query(textOf(scene.statement, 'asked') ?? '')]
  }),
  token: (scene) => ({
    agent: [machine(CODE.application, actor(scene)), gateway(CODE.tokenService, scene.origin)],
    entity: [query(`grant_type=client_credentials&scope=${scopesOf(scene.statement)}`)]
  }),
  decision: (scene) => ({
    agent: [
      machine(CODE.application, actor(scene)),
      agent(CODE.user, partyRef(actor(scene)), 'asks'),
      agent(CODE.organization, partyRef(actor(scene)), 'answers'),
      agent(CODE.authorizer, gatewayOf(scene.origin), 'answers')
    ],
    entity: decisionEntities(scene)
  }),
  desk: (scene) => ({ agent: [officer(scene.statement), gateway(CODE.application, scene.origin)], entity: about(scene) }),
  house: (scene) => ({ agent: [gateway(CODE.application, scene.origin)], entity: about(scene) })
}

export function partsOf(form: Form, scene: Scene): Parts {
  return FORMS[form](scene)
}

/** Who recorded the event: the recipient's own word where it confirmed, else the gateway. */
export function observerOf(form: Form, scene: Scene): Part {
  return form === 'receipt' ? partyRef(actor(scene)) : gatewayOf(scene.origin)
}
