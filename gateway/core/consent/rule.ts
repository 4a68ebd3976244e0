/**
 * What a patient, or the law on its behalf, says no to: one rule of the list. Decides of a disclosure how far a rule reaches it: not at all, every record of
 * the patient, or some; which, is looked at record by record (records.ts). Every member that a rule names must fit; null is whatever it is. A rule only
 * denies; it never permits. One that matches is enough, whatever the others say.
 */
import { isCoded, mayBeCoded } from './codes.ts'
import { isStricter } from './labels.ts'
import { type PurposeFit, purposeFit } from './purposes.ts'

/** What a disclosure is, as rules ask about it. */
export interface Terms {
  /** party id of the recipient */
  readonly recipient: string
  /** v3 PurposeOfUse */
  readonly purpose: string
  /** instant */
  readonly at: string
  /** ids of all parties the gateway knows: who is none of them may be anybody */
  readonly parties: ReadonlySet<string>
}

/** The opt-out list's own kind. All null: no record leaves, to anyone. */
export interface ListRule {
  readonly kind: 'list'
  readonly recipient: string | null
  readonly purpose: string | null
  /** one of the sensitive categories */
  readonly category: string | null
  /** 'Practitioner/12', 'Organization/3' or an absolute reference */
  readonly provider: string | null
}

/** 45 CFR 164.522(a)(1)(vi): paid out of pocket in full; nothing of it goes to that plan for payment or health care operations. */
export interface SelfPayRule {
  readonly kind: 'self-pay'
  /** party id of the health plan */
  readonly recipient: string
  /** 'Encounter/9', 'Claim/7' …: it, what refers to it, and what those refer to (self-pay.ts) */
  readonly items: readonly string[]
}

/** A FHIR Consent, as compile.ts reads it. */
export interface ConsentRule {
  readonly kind: 'consent'
  /** what holds of a record that the provision says nothing of */
  readonly otherwise: 'permit' | 'deny'
  readonly provision: Provision | null
}

export type Rule = ListRule | SelfPayRule | ConsentRule

/** One provision of a Consent. A member that is null asks nothing; all others must match. */
export interface Provision {
  readonly type: 'permit' | 'deny'
  /** something in it is not understood: as a denial it matches, as a permission never */
  readonly understood: 'yes' | 'no'
  /** first and last day, '' and '~' where a side is open */
  readonly period: readonly [string, string] | null
  /** ids of organizations to receive it; `?` for one that cannot be told */
  readonly recipients: readonly string[] | null
  /** whose records they are, as references */
  readonly providers: readonly string[] | null
  readonly purposes: readonly string[] | null
  readonly types: readonly string[] | null
  /** system|code */
  readonly codes: readonly string[] | null
  readonly labels: readonly string[] | null
  readonly data: readonly { readonly meaning: string; readonly reference: string }[] | null
  readonly dataPeriod: readonly [string, string] | null
  readonly nested: readonly Provision[]
}

/** Among recipients: no insurer, whoever it is. */
export const NOBODY = ''

/** Before another name of one of a denial's recipients. */
export const ALSO = '='

/** What is asked of the record, not of the disclosure. */
export type Reach = 'nothing' | 'some' | 'everything'

export const EVERYTHING: ListRule = { kind: 'list', recipient: null, purpose: null, category: null, provider: null }

function listReach(rule: ListRule, terms: Terms): Reach {
  if (rule.recipient !== null && rule.recipient !== terms.recipient) return 'nothing'
  if (rule.purpose !== null && purposeFit(rule.purpose, terms.purpose) === 'other') return 'nothing'
  return rule.category === null && rule.provider === null ? 'everything' : 'some'
}

/** 164.522(a)(1)(vi)(A): for payment or health care operations, and to a health plan. */
function selfPayReach({ recipient, items }: SelfPayRule, terms: Terms): Reach {
  const asked: PurposeFit[] = [purposeFit('HPAYMT', terms.purpose), purposeFit('HOPERAT', terms.purpose)]
  if (recipient !== terms.recipient || asked.every((fit) => fit === 'other')) return 'nothing'
  return items.length === 0 ? 'everything' : 'some'
}

function asksOfRecords({ providers, types, codes, labels, data, dataPeriod, nested }: Provision): boolean {
  return [providers, types, codes, labels, data, dataPeriod].some((asked) => asked !== null) || nested.some(asksOfRecords)
}

/** How far a rule reaches the records that a disclosure of these terms would take of its patient. */
export function reachOf(rule: Rule, terms: Terms): Reach {
  switch (rule.kind) {
    case 'list':
      return listReach(rule, terms)
    case 'self-pay':
      return selfPayReach(rule, terms)
    case 'consent':
      if (rule.provision !== null && asksOfRecords(rule.provision)) return 'some'
      return verdictOf(rule, terms, null) === 'deny' ? 'everything' : 'nothing'
    default:
      return 'everything'
  }
}

/** A record as a provision asks about it. */
export interface RecordFacts {
  readonly type: string
  /** how references name it */
  readonly names: ReadonlySet<string>
  /** what it refers to, at any depth */
  readonly references: ReadonlySet<string>
  /** every coding in it, as codes.ts writes it */
  readonly codings: ReadonlySet<string>
  /** those of the element that says what it is */
  readonly own: ReadonlySet<string>
  /** security labels it came with, and those of its sensitive categories */
  readonly labels: ReadonlySet<string>
  /** first and last day it may be of; null: it has none */
  readonly days: readonly [string, string] | null
  /** from the first day to the last that it tells of, of the same */
  readonly span: readonly [string, string] | null
}

type Match = 'yes' | 'no'

/** A denial matches in doubt, a permission does not. */
function doubtful({ type }: Provision): Match {
  return type === 'deny' ? 'yes' : 'no'
}

function periodMatch(provision: Provision, at: string): Match {
  const { period } = provision
  if (period === null) return 'yes'
  const day = at.slice(0, 10)
  return day >= period[0] && day <= period[1] ? 'yes' : 'no'
}

function recipientMatch(provision: Provision, { recipient, parties }: Terms): Match {
  const { recipients } = provision
  if (recipients === null || recipients.includes(recipient) || recipients.includes(`${ALSO}${recipient}`)) return 'yes'
  return recipients.every((id) => id === NOBODY || id.startsWith(ALSO) || parties.has(id)) ? 'no' : doubtful(provision)
}

function purposeMatch({ purposes, type }: Provision, { purpose }: Terms): Match {
  if (purposes === null) return 'yes'
  // what is denied for a part of a purpose is denied for the whole; what is permitted for a part is not
  const fits = (fit: PurposeFit): boolean => fit === 'within' || (fit !== 'other' && type === 'deny')
  return purposes.some((asked) => fits(purposeFit(asked, purpose))) ? 'yes' : 'no'
}

function within({ days: own, span }: RecordFacts, provision: Provision): Match {
  if (provision.dataPeriod === null) return 'yes'
  const days = provision.type === 'deny' ? span : own
  if (days === null) return doubtful(provision)
  const [from, to] = provision.dataPeriod
  if (provision.type === 'deny') return days[1] >= from && days[0] <= to ? 'yes' : 'no'
  return days[0] >= from && days[1] <= to ? 'yes' : 'no'
}

function labelMatch({ labels, type }: Provision, there: ReadonlySet<string>): Match {
  if (labels === null) return 'yes'
  return labels.some((one) => there.has(one)) && !(type === 'permit' && isStricter(there, labels)) ? 'yes' : 'no'
}

function codeMatch({ codes, type }: Provision, { codings, own }: RecordFacts): Match {
  if (codes === null) return 'yes'
  return codes.some((one) => (type === 'deny' ? mayBeCoded(codings, one) : isCoded(own, one))) ? 'yes' : 'no'
}

/** Among references: a provider who cannot be told. */
export const SOMEBODY = '?'

/** A role that is not known may be anybody's; a rule about a role itself asks for that one. */
export function isBy(references: ReadonlySet<string>, provider: string): boolean {
  return references.has(provider) || (references.has(SOMEBODY) && !/(^|\/)PractitionerRole[/?]/.test(provider))
}

function providerMatch({ providers, type }: Provision, { references }: RecordFacts): Match {
  if (providers === null) return 'yes'
  return providers.some((one) => (type === 'deny' ? isBy(references, one) : references.has(one))) ? 'yes' : 'no'
}

/** Does it ask whose records they are? */
export function asksProvider(rule: Rule): boolean {
  const asks = ({ providers, nested }: Provision): boolean => providers !== null || nested.some(asks)
  return rule.kind === 'list' ? rule.provider !== null : rule.kind === 'consent' && rule.provision !== null && asks(rule.provision)
}

function dataMatch({ data, type }: Provision, { names, references }: RecordFacts): Match {
  if (data === null) return 'yes'
  // what is permitted is the thing itself; what is denied is all that has to do with it
  const hit = data.some(({ meaning, reference }) =>
    type === 'permit' && meaning === 'instance' ? names.has(reference) : names.has(reference) || references.has(reference)
  )
  return hit ? 'yes' : 'no'
}

function recordMatch(provision: Provision, facts: RecordFacts): Match {
  const { types } = provision
  const asked: Match[] = [
    types === null || types.includes(facts.type) ? 'yes' : 'no',
    codeMatch(provision, facts),
    labelMatch(provision, facts.labels),
    providerMatch(provision, facts),
    dataMatch(provision, facts),
    within(facts, provision)
  ]
  return asked.every((match) => match === 'yes') ? 'yes' : 'no'
}

/** Which of a rule's periods a moment lies in: what was decided by the rule holds only while this stays the same. '' where it names none. */
export function periodsAt(rule: Rule, at: string): string {
  const inside = (provision: Provision): string =>
    (provision.period === null ? '' : `,${periodMatch(provision, at)}`) + provision.nested.map(inside).join('')
  return rule.kind !== 'consent' || rule.provision === null ? '' : inside(rule.provision)
}

/** The decision of a provision that matches, its exceptions looked at first; null where it does not. Among exceptions a denial wins. */
function decided(provision: Provision, terms: Terms, facts: RecordFacts | null): 'permit' | 'deny' | null {
  if (periodMatch(provision, terms.at) === 'no') return null
  if (provision.understood === 'no') return provision.type === 'deny' ? 'deny' : null
  const met = [recipientMatch(provision, terms), purposeMatch(provision, terms), facts === null ? 'yes' : recordMatch(provision, facts)]
  if (met.includes('no')) return null
  const exceptions = provision.nested.map((nested) => ({ type: nested.type, is: decided(nested, terms, facts) }))
  if (exceptions.some(({ is }) => is === 'deny')) return 'deny'
  // an exception that an exception of its own takes back says nothing here
  return exceptions.some(({ type, is }) => is === 'permit' && type === 'permit') ? 'permit' : provision.type
}

/** May this record leave as far as the consent goes? `facts` null: where nothing is asked of records. */
export function verdictOf({ provision, otherwise }: ConsentRule, terms: Terms, facts: RecordFacts | null): 'permit' | 'deny' {
  return provision === null ? otherwise : (decided(provision, terms, facts) ?? otherwise)
}
