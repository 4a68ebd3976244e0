/**
 * What becomes of an element our profile keeps, when a rule of Microsoft's tool covers it: it stays where ours does at least as much, and else it goes, or is
 * changed as there. Decides so that what leaves under the imported profile would have left under neither alone: an import never keeps what either took away.
 */
import type { Rule as OurRule } from '../core/deidentify/profile/profile.ts'
import type { Parameters, Rule } from './configuration.ts'

export type Decision =
  | { readonly kind: 'stays' }
  | { readonly kind: 'removed' }
  | { readonly kind: 'perturb'; readonly span: number; readonly range: 'fixed' | 'proportional'; readonly roundTo: number }
  | { readonly kind: 'substitute'; readonly with: string | boolean }

const STAYS: Decision = { kind: 'stays' }
const REMOVED: Decision = { kind: 'removed' }

/** Verbs of ours after which a date is coarser than a shifted one: a year, or the level of a hierarchy of dates. */
const YEARS: ReadonlySet<string> = new Set(['year', 'birth-year', 'generalize'])
const NUMBERS: ReadonlySet<string> = new Set([
  'decimal',
  'integer',
  'positiveInt',
  'unsignedInt',
  'Quantity',
  'Count',
  'Duration',
  'Distance'
])
const DATES: ReadonlySet<string> = new Set(['date', 'dateTime', 'instant'])

/** `theirs` covers an element of a FHIR type with which ours does `verb`. */
export function decide(theirs: Rule, parameters: Parameters, type: string, { verb }: OurRule): Decision {
  switch (theirs.method) {
    case 'keep':
      return STAYS
    case 'redact':
      return staysPartly(parameters, type, verb) ? STAYS : REMOVED
    case 'dateShift':
      return !DATES.has(type) || YEARS.has(verb) ? STAYS : REMOVED
    case 'cryptoHash':
      return verb === 'reference' ? STAYS : REMOVED
    case 'perturb':
      return perturbed(theirs, type)
    case 'substitute':
      return substituted(theirs, type)
    case 'encrypt':
    case 'generalize':
      return REMOVED
  }
}

/** Their partial redaction leaves what ours leaves: the year, three digits of a ZIP code, an age up to 89. */
function staysPartly(parameters: Parameters, type: string, verb: string): boolean {
  if (DATES.has(type)) return parameters.enablePartialDatesForRedact && YEARS.has(verb)
  if (verb === 'zip3') return parameters.enablePartialZipCodesForRedact
  return verb === 'age-90' && type === 'Age' && parameters.enablePartialAgesForRedact
}

function perturbed({ perturb }: Rule, type: string): Decision {
  if (perturb === null || !NUMBERS.has(type)) return STAYS
  return { kind: 'perturb', span: perturb.span, range: perturb.proportional ? 'proportional' : 'fixed', roundTo: perturb.roundTo }
}

/** Of a date or a number the value would have to be checked, of an object taken apart: those go. */
function substituted({ replaceWith }: Rule, type: string): Decision {
  if (typeof replaceWith === 'string' && ['string', 'code', 'uri'].includes(type)) return { kind: 'substitute', with: replaceWith }
  return typeof replaceWith === 'boolean' && type === 'boolean' ? { kind: 'substitute', with: replaceWith } : REMOVED
}
