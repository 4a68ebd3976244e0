/**
 * A FHIR R4 Consent as a rule. Decides what its provisions say about a disclosure to an insurer: exceptions within exceptions, periods, actors, purposes,
 * classes, codes, labels and data. What cannot be understood denies: a consent without a scope, a root that says neither permit nor deny but under which
 * conditions (R4 gives it no type, R3 meant an exception), a modifier, a code system that is not known. Only patient privacy is ours; what is not active
 * counts not: it permits nothing and denies nothing.
 */

import { PURPOSES } from '../agreement/purposes.ts'
import type { Json } from '../digest.ts'
import { parseReference, type Referred, referenceTo } from '../fhir/identity.ts'
import type { Resource } from '../fhir/resource.ts'
import { isResourceType } from '../fhir/types.ts'
import { dayAfter, firstDay, isDate, lastDay } from './days.ts'
import { labelsLike } from './labels.ts'
import { ALSO, type ConsentRule, NOBODY, type Provision } from './rule.ts'

/** null: it counts not. */
export type Compiled = ConsentRule | null

const SCOPES = 'http://terminology.hl7.org/CodeSystem/consentscope'
const ACTIONS = 'http://terminology.hl7.org/CodeSystem/consentaction'
const ACT_REASON = 'http://terminology.hl7.org/CodeSystem/v3-ActReason'
const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode'
const RESOURCE_TYPES = 'http://hl7.org/fhir/resource-types'

/** Deeper nesting is nobody's meaning. */
const DEEPEST = 8

const DENIED: ConsentRule = { kind: 'consent', otherwise: 'deny', provision: null }

type Members = { readonly [member: string]: Json | undefined }

function members(value: Json | undefined): Members | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null
}

function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : value === undefined ? [] : [value]
}

function text(value: Json | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

interface Coded {
  readonly system: string
  readonly code: string
}

function codingOf(value: Json): Coded | null {
  const coding = members(value)
  const [system, code] = [text(coding?.['system']), text(coding?.['code'])]
  return system === null || code === null ? null : { system, code }
}

/** The codings of a CodeableConcept; one that is only text has none. */
function codingsOf(value: Json | undefined): readonly (Coded | null)[] {
  return list(members(value)?.['coding']).map(codingOf)
}

const PROVISION_MEMBERS = new Set(
  'id extension type period actor action securityLabel purpose class code dataPeriod data provision'.split(' ')
)
const CONSENT_MEMBERS = new Set(
  'resourceType id meta language text identifier extension status scope category patient dateTime performer organization sourceAttachment sourceReference policy policyRule verification provision'.split(
    ' '
  )
)
const ACTOR_MEMBERS = new Set('id extension role reference'.split(' '))
const DATA_MEMBERS = new Set('id extension meaning reference'.split(' '))
const REFERENCE_MEMBERS = new Set('id extension reference type identifier display'.split(' '))
/** v3 ParticipationType: who receives, and whose records they are. Who is custodian (CST) no record says, so that is not understood. */
const RECEIVES = new Set(['IRCP', 'PRCP', 'RCT', 'RCV', 'TRC'])
const PROVIDES = new Set(['AUT', 'PRF', 'PPRF', 'SPRF', 'ENT', 'INF', 'LA', 'ATND', 'ADM', 'DIS', 'REF'])
/** Nobody of these types is an insurer. */
const PERSONS = new Set(['Practitioner', 'Patient', 'RelatedPerson'])

/** What is read on the way: a provision in which anything was not understood says so. */
interface Doubt {
  understood: 'yes' | 'no'
  /** under which the sender's own records stand */
  readonly ownBases: readonly string[]
}

function doubt(into: Doubt): null {
  into.understood = 'no'
  return null
}

function period(value: Json | undefined, type: Provision['type'], into: Doubt): readonly [string, string] | null {
  if (value === undefined) return null
  const asked = members(value)
  const [start, end] = [text(asked?.['start']), text(asked?.['end'])]
  if (asked === null || (start === null && end === null) || [start, end].some((date) => date !== null && !isDate(date))) return doubt(into)
  // a day is another one elsewhere on earth: a denial holds a day longer on either side, a permission a day less
  const wider = type === 'deny' ? 1 : -1
  return [start === null ? '' : dayAfter(firstDay(start), -wider), end === null ? '~' : dayAfter(lastDay(end), wider)]
}

/** An element that has no member but these. A modifierExtension is none of them. */
function only(value: Json | undefined, names: ReadonlySet<string>, into: Doubt): Members {
  const found = members(value)
  if (found === null || Object.keys(found).some((name) => !names.has(name))) doubt(into)
  return found ?? {}
}

/** Whom a Reference names: a record, by an identifier, or both. */
interface Whom {
  readonly named: Referred | null
  readonly identifier: string | null
}

function whom(value: Json | undefined, into: Doubt): Whom {
  const reference = only(value, REFERENCE_MEMBERS, into)
  const literal = text(reference['reference'])
  // what a query finds nobody here knows
  const named = literal === null || literal.includes('?') ? null : parseReference(literal, into.ownBases)
  if (named !== null && reference['type'] !== undefined && reference['type'] !== named.type) doubt(into)
  return { named, identifier: text(members(reference['identifier'])?.['value']) }
}

/** An organization under the sender's own base is the party of that id; an identifier is of a system that no party's document names, and may be anybody's. */
function receiver({ named, identifier }: Whom, type: Provision['type']): readonly string[] {
  const isOwn = named?.type === 'Organization' && named.base === ''
  const first = named !== null && PERSONS.has(named.type) ? NOBODY : isOwn ? named.id : '?'
  return type === 'deny' && identifier !== null ? [first, `${ALSO}${identifier}`] : [first]
}

interface Actors {
  readonly recipients: string[]
  readonly providers: string[]
}

function actor(value: Json, type: Provision['type'], into: Doubt, { recipients, providers }: Actors): void {
  const one = only(value, ACTOR_MEMBERS, into)
  const roles = codingsOf(one['role']).map((role) => role?.code ?? '')
  const asked = whom(one['reference'], into)
  if (roles.length > 0 && roles.every((role) => RECEIVES.has(role))) recipients.push(...receiver(asked, type))
  else if (roles.length > 0 && roles.every((role) => PROVIDES.has(role)) && asked.named !== null) providers.push(referenceTo(asked.named))
  else doubt(into)
}

/** Does it speak of disclosing? A provision about correcting or collecting only says nothing to us. */
function disclosing(value: Json | undefined, into: Doubt): 'yes' | 'no' {
  const actions = list(value).map((action) => codingsOf(action))
  if (actions.length === 0) return 'yes'
  if (actions.some((codings) => codings.length === 0 || codings.some((one) => one?.system !== ACTIONS))) doubt(into)
  const codes = new Set(actions.flat().map((one) => one?.code))
  return into.understood === 'no' || codes.has('disclose') || codes.has('access') || codes.has('use') ? 'yes' : 'no'
}

function coded(value: Json | undefined, into: Doubt, read: (coding: Coded) => readonly string[] | null): readonly string[] | null {
  if (value === undefined) return null
  const found = list(value).map((one) => {
    const coding = codingOf(one)
    return (coding === null ? null : read(coding)) ?? doubt(into)
  })
  return found.flatMap((one) => one ?? [])
}

function concepts(value: Json | undefined, into: Doubt): readonly string[] | null {
  if (value === undefined) return null
  const found = list(value).map(codingsOf)
  if (found.some((codings) => codings.length === 0 || codings.some((one) => one === null || one.code.includes('|')))) doubt(into)
  return found.flat().flatMap((one) => (one === null ? [] : [`${one.system}|${one.code}`]))
}

const MEANINGS = new Set(['instance', 'related', 'dependents', 'authoredby'])

function dataOf(value: Json | undefined, into: Doubt): Provision['data'] {
  if (value === undefined) return null
  return list(value).flatMap((one) => {
    const data = only(one, DATA_MEMBERS, into)
    const meaning = text(data['meaning'])
    const { named } = whom(data['reference'], into)
    if (meaning !== null && MEANINGS.has(meaning) && named !== null) return [{ meaning, reference: referenceTo(named) }]
    doubt(into)
    return []
  })
}

/** How deep a provision stands, and in whose Consent. */
interface Within {
  readonly depth: number
  readonly ownBases: readonly string[]
}

function provision(value: Json | undefined, type: Provision['type'], { depth, ownBases }: Within): Provision {
  const into: Doubt = { understood: depth < DEEPEST ? 'yes' : 'no', ownBases }
  const asked = only(value, PROVISION_MEMBERS, into)
  const actors: Actors = { recipients: [], providers: [] }
  for (const one of list(asked['actor'])) actor(one, type, into, actors)
  const about = disclosing(asked['action'], into)
  const read = {
    period: period(asked['period'], type, into),
    recipients: actors.recipients.length === 0 ? null : actors.recipients,
    providers: actors.providers.length === 0 ? null : actors.providers,
    purposes: coded(asked['purpose'], into, ({ system, code }) =>
      system === ACT_REASON && (PURPOSES.has(code) || code === 'PurposeOfUse') ? [code] : null
    ),
    types: coded(asked['class'], into, ({ system, code }) => (system === RESOURCE_TYPES && isResourceType(code) ? [code] : null)),
    labels: coded(asked['securityLabel'], into, ({ system, code }) => labelsLike(system, code, type)),
    codes: concepts(asked['code'], into),
    data: dataOf(asked['data'], into),
    dataPeriod: period(asked['dataPeriod'], type, into)
  }
  const nested = depth < DEEPEST ? list(asked['provision']).map((one) => exception(one, { depth: depth + 1, ownBases })) : []
  // of collecting and correcting alone: it matches no disclosure
  const none = about === 'no' ? { recipients: [NOBODY] } : {}
  return { type, understood: into.understood, ...read, ...none, nested }
}

/** An exception must say which way it goes. */
function exception(value: Json, within: Within): Provision {
  const type = members(value)?.['type']
  if (type === 'permit' || type === 'deny') return provision(value, type, within)
  return { ...provision({}, 'deny', within), understood: 'no' }
}

/** What the policy says where no provision does: opted in, or out; null: it cannot be told. */
function policyRule(consent: Resource): 'permit' | 'deny' | null {
  const codings = codingsOf(consent['policyRule'])
  if (codings.length !== 1 || codings[0]?.system !== ACT_CODE) return null
  const { code } = codings[0]
  return code === 'OPTIN' ? 'permit' : code === 'OPTOUT' ? 'deny' : null
}

function scopeOf(consent: Resource): 'ours' | 'other' | null {
  const scopes = codingsOf(consent['scope'])
  if (scopes.length === 0 || scopes.some((scope) => scope?.system !== SCOPES)) return null
  if (scopes.some((scope) => scope?.code === 'patient-privacy')) return 'ours'
  return scopes.every((scope) => ['research', 'treatment', 'adr'].includes(scope?.code ?? '')) ? 'other' : null
}

const CONDITIONS = 'actor purpose class code securityLabel data dataPeriod'.split(' ')

/** A root without a type: the policy's word, its exceptions, and no condition, which could be read either way. */
function untyped(root: Members, base: 'permit' | 'deny' | null, within: Within): ConsentRule {
  if (base === null || CONDITIONS.some((name) => root[name] !== undefined)) return DENIED
  const read = provision(root, base, within)
  if (read.understood === 'no') return DENIED
  return { kind: 'consent', otherwise: 'permit', provision: { ...read, period: lastingOf(root) } }
}

/** A root with one: a denial of what it names, or a permission of that and nothing else, for as long as its period lasts. */
function typed(root: Members, type: Provision['type'], within: Within): ConsentRule {
  const read = provision(root, type, within)
  if (type === 'deny') return { kind: 'consent', otherwise: 'permit', provision: read }
  if (read.understood === 'no') return DENIED
  const rest = { ...provision({}, 'deny', within), period: lastingOf(root) }
  return { kind: 'consent', otherwise: 'permit', provision: { ...rest, nested: [{ ...read, period: null }] } }
}

/** How long a consent holds: in doubt a day longer, for a permission keeps its denials. */
function lastingOf(root: Members): Provision['period'] {
  return period(root['period'], 'deny', { understood: 'yes', ownBases: [] })
}

const STATUSES = new Set(['draft', 'proposed', 'active', 'rejected', 'inactive', 'entered-in-error'])

/** null for one that counts not. Whoever's it is, is for the caller to know; `ownBases`: of whoever sent it. */
export function compileConsent(consent: Resource, ownBases: readonly string[] = []): Compiled {
  const status = text(consent['status'])
  if (status !== 'active' && STATUSES.has(status ?? '')) return null
  const scope = scopeOf(consent)
  if (status === 'active' && scope === 'other') return null
  if (status !== 'active' || scope === null || Object.keys(consent).some((name) => !CONSENT_MEMBERS.has(name) && !name.startsWith('_')))
    return DENIED
  const base = policyRule(consent)
  const root = consent['provision']
  if (root === undefined) return base === 'permit' ? null : DENIED
  const asked = members(root)
  if (asked === null) return DENIED
  const { type } = asked
  if (type !== 'permit' && type !== 'deny') return type === undefined ? untyped(asked, base, { depth: 0, ownBases }) : DENIED
  return typed(asked, type, { depth: 0, ownBases })
}
