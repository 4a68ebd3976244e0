/**
 * A FHIR R4 Consent as a rule. Decides what its provisions say about a disclosure to an insurer: exceptions within exceptions, periods, actors, purposes,
 * classes, codes, labels and data. What cannot be understood denies: a consent without a scope, a root that says neither permit nor deny but under which
 * conditions (R4 gives it no type, R3 meant an exception), a modifier, a code system that is not known. Only patient privacy is ours; what is not active
 * counts not: it permits nothing and denies nothing.
 */

import { PURPOSES } from '../agreement/purposes.ts'
import type { Json } from '../digest.ts'
import { parseReference, referenceTo } from '../fhir/identity.ts'
import type { Resource } from '../fhir/resource.ts'
import { isResourceType } from '../fhir/types.ts'
import { dayAfter, firstDay, isDate, lastDay } from './days.ts'
import { labelsLike } from './labels.ts'
import { type ConsentRule, NOBODY, type Provision } from './rule.ts'

/** null: it counts not. */
export type Compiled = ConsentRule | null

const SCOPES = 'http://terminology.hl7.org/CodeSystem/consentscope'
const ACTIONS = 'http://terminology.hl7.org/CodeSystem/consentaction'
const ACT_REASON = 'http://terminology.hl7.org/CodeSystem/v3-ActReason'
const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode'
const CONFIDENTIALITY = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality'
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
/** v3 ParticipationType: who receives, and whose records they are. Who is custodian (CST) no record says, so that is not understood. */
const RECEIVES = new Set(['IRCP', 'PRCP', 'RCT', 'RCV', 'TRC'])
const PROVIDES = new Set(['AUT', 'PRF', 'PPRF', 'SPRF', 'ENT', 'INF', 'LA', 'ATND', 'ADM', 'DIS', 'REF'])
/** Nobody of these types is an insurer. */
const PERSONS = new Set(['Practitioner', 'Patient', 'RelatedPerson'])

/** What is read on the way: a provision in which anything was not understood says so. */
interface Doubt {
  understood: 'yes' | 'no'
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

interface Actors {
  readonly recipients: string[]
  readonly providers: string[]
}

function actor(value: Json, into: Doubt, { recipients, providers }: Actors): void {
  const one = members(value)
  const roles = codingsOf(one?.['role']).map((role) => role?.code ?? '')
  const reference = members(one?.['reference'])
  const named = parseReference(text(reference?.['reference']) ?? '', [])
  const identifier = text(members(reference?.['identifier'])?.['value'])
  if (roles.length > 0 && roles.every((role) => RECEIVES.has(role))) {
    if (named !== null && PERSONS.has(named.type)) recipients.push(NOBODY)
    else recipients.push(identifier ?? named?.id ?? '?')
  } else if (roles.length > 0 && roles.every((role) => PROVIDES.has(role)) && named !== null) providers.push(referenceTo(named))
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
  if (found.some((codings) => codings.length === 0 || codings.includes(null))) doubt(into)
  return found.flat().flatMap((one) => (one === null ? [] : [`${one.system}|${one.code}`]))
}

const MEANINGS = new Set(['instance', 'related', 'dependents', 'authoredby'])

function dataOf(value: Json | undefined, into: Doubt): Provision['data'] {
  if (value === undefined) return null
  return list(value).flatMap((one) => {
    const meaning = text(members(one)?.['meaning'])
    const named = parseReference(text(members(members(one)?.['reference'])?.['reference']) ?? '', [])
    if (meaning !== null && MEANINGS.has(meaning) && named !== null) return [{ meaning, reference: referenceTo(named) }]
    doubt(into)
    return []
  })
}

function provision(value: Json | undefined, type: Provision['type'], depth: number): Provision {
  const asked = members(value) ?? {}
  const into: Doubt = { understood: Object.keys(asked).every((name) => PROVISION_MEMBERS.has(name)) && depth < DEEPEST ? 'yes' : 'no' }
  const actors: Actors = { recipients: [], providers: [] }
  for (const one of list(asked['actor'])) actor(one, into, actors)
  const about = disclosing(asked['action'], into)
  const read = {
    period: period(asked['period'], type, into),
    recipients: actors.recipients.length === 0 ? null : actors.recipients,
    providers: actors.providers.length === 0 ? null : actors.providers,
    purposes: coded(asked['purpose'], into, ({ system, code }) =>
      system === ACT_REASON && (PURPOSES.has(code) || code === 'PurposeOfUse') ? [code] : null
    ),
    types: coded(asked['class'], into, ({ system, code }) => (system === RESOURCE_TYPES && isResourceType(code) ? [code] : null)),
    labels: coded(asked['securityLabel'], into, ({ system, code }) =>
      system === ACT_CODE || system === CONFIDENTIALITY ? labelsLike(code, type) : null
    ),
    codes: concepts(asked['code'], into),
    data: dataOf(asked['data'], into),
    dataPeriod: period(asked['dataPeriod'], type, into)
  }
  const nested = depth < DEEPEST ? list(asked['provision']).map((one) => exception(one, depth + 1)) : []
  // of collecting and correcting alone: it matches no disclosure
  const none = about === 'no' ? { recipients: [NOBODY] } : {}
  return { type, understood: into.understood, ...read, ...none, nested }
}

/** An exception must say which way it goes. */
function exception(value: Json, depth: number): Provision {
  const type = members(value)?.['type']
  if (type === 'permit' || type === 'deny') return provision(value, type, depth)
  return { ...provision({}, 'deny', depth), understood: 'no' }
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
function untyped(root: Members, base: 'permit' | 'deny' | null): ConsentRule {
  if (base === null || CONDITIONS.some((name) => root[name] !== undefined)) return DENIED
  const read = provision(root, base, 0)
  if (read.understood === 'no') return DENIED
  return { kind: 'consent', otherwise: 'permit', provision: { ...read, period: lastingOf(root) } }
}

/** A root with one: a denial of what it names, or a permission of that and nothing else, for as long as its period lasts. */
function typed(root: Members, type: Provision['type']): ConsentRule {
  const read = provision(root, type, 0)
  if (type === 'deny') return { kind: 'consent', otherwise: 'permit', provision: read }
  if (read.understood === 'no') return DENIED
  const rest = { ...provision({}, 'deny', 0), period: lastingOf(root) }
  return { kind: 'consent', otherwise: 'permit', provision: { ...rest, nested: [{ ...read, period: null }] } }
}

/** How long a consent holds: in doubt a day longer, for a permission keeps its denials. */
function lastingOf(root: Members): Provision['period'] {
  return period(root['period'], 'deny', { understood: 'yes' })
}

const STATUSES = new Set(['draft', 'proposed', 'active', 'rejected', 'inactive', 'entered-in-error'])

/** null for one that counts not. Whoever's it is, is for the caller to know. */
export function compileConsent(consent: Resource): Compiled {
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
  if (type !== 'permit' && type !== 'deny') return type === undefined ? untyped(asked, base) : DENIED
  return typed(asked, type)
}
