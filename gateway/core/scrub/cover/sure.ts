/**
 * Which findings may be given an invented value. Refuses numbers that may be something else: a dose that were taken for a number, and got another, would read
 * as a dose. Sure is what its label or form leaves no doubt about, or what the subject's records hold. Refuses days of birth: if they are not the subject's,
 * whose records are known, they are not its to move. And dates that may be doses or scores, or that tell of what stands beside them.
 */
import type { IdentifierClass } from '../classes.ts'
import { MAYBE } from '../known/days.ts'
import { BESIDE } from '../patterns/dates-beside.ts'
import { BIRTH } from '../patterns/dates-series.ts'
import { DOSE } from '../patterns/doses.ts'
import type { Found } from '../span.ts'

/** By class, the rules that leave no doubt. */
const SURE: ReadonlyMap<IdentifierClass, ReadonlySet<string>> = new Map<IdentifierClass, ReadonlySet<string>>(
  (
    [
      ['MRN', ['mrn']],
      ['SSN', ['ssn', 'ssn-form', 'ssn-masked', 'ssn-last']],
      ['ACCOUNT', ['account', 'card', 'iban', 'plan']],
      ['LICENCE', ['licence']],
      ['PLATE', ['plate']],
      ['VIN', ['vin', 'vin-form']],
      ['DEVICE', ['device', 'mac', 'udi']],
      ['ID', ['id']],
      ['ZIP', ['zip']],
      ['ROOM', ['room']],
      ['PHONE', ['phone', 'phone-plus', 'phone-letters', 'phone-local', 'phone-label']],
      ['FAX', ['fax']],
      ['PAGER', ['pager', 'pager-short']]
    ] as const
  ).map(([kind, rules]) => [kind, new Set<string>(['known-value', 'known-part', ...rules])])
)

/** Rules of dates that are covered and never moved. */
const FIXED: ReadonlySet<string> = new Set([BIRTH, DOSE, BESIDE, MAYBE])
/** Numbers of the North American plan, however they were found. */
const TELEPHONE = /^\D{0,2}(?:1[\s.-]{0,2})?(?:\d{3}\)?[\s./-]{0,3})?\d{3}[\s.-]{1,3}\d{4}(?!\d)/

export function isSure({ class: kind, rule, folded }: Pick<Found, 'class' | 'rule' | 'folded'>): boolean {
  if (FIXED.has(rule)) return false
  const rules = SURE.get(kind)
  return rules === undefined || rules.has(rule) || (rules.has('phone') && TELEPHONE.test(folded))
}
