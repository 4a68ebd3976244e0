/**
 * How a pattern for a label and its value is made (the labels are in labelled.ts). Refuses a value that is measured, or dated; behind a word that is seldom a
 * label, also one that neither a word nor its form says to be a number.
 */
import type { IdentifierClass } from '../classes.ts'
import type { Page } from '../reading/page.ts'
import { isDecimal, isMeasured, isPressure, isRange } from './measures.ts'
import type { Pattern } from './pattern.ts'

/** What may stand between a label and its value: "number", "no.", "#", ":", "is". */
export const TAIL: string =
  '(?:[\\s./-]{0,2}(?:#(?=\\s?[:=])|(?:numbers?|num|nbr|no|nr|ids?|identifier|identification|code|plan|policy|card|file|record|rec|group|holder|beneficiary|member|insurance)\\b\\.?)){0,4}' +
  '\\s{0,2}[:=-]{0,2}\\s{0,2}(?:(?:is|was|are|of|end(?:ing|s)(?:\\s(?:in|with))?)\\s{1,2})?[:([]{0,2}\\s?'
/** Further groups of digits: "12 345 678", "W1234 56789"; not "MRN 12345 120 mg". */
const GROUPS = '(?:\\s\\d{3,5}(?![\\w/.%-]|\\s?(?:mg|mcg|ml|kg|lbs?|units?|m|f|y|yo|years?|days?)\\b)){0,4}'
const VALUE = `(?<value>(?:#\\s?)?(?:[a-z]{1,4}\\s(?=\\d{3}\\s?\\d{2}))?(?=[a-z_.-]{0,9}\\d)[a-z0-9]{1,24}(?:[-./_][a-z0-9]{1,24}){0,6}${GROUPS})`
const PHONE =
  '(?<value>[+(]{0,2}\\d{1,4}\\)?(?:[\\s./-]{0,3}\\(?\\d{2,5}(?:\\)(?=[\\s./-]{0,3}\\d))?){1,5}(?:,?\\s?(?:x|ext\\.?|extension)\\s?\\d{1,6})?)(?!\\d)'

/** A date behind a label is a date. */
const DATED = /^\d{1,2}\/\d{1,2}\/\d{2,4}$/

function digits(text: string): number {
  return text.replace(/\D/g, '').length
}

/** Whether a value is none, for it is measured. */
type Refuse = (value: string, match: RegExpExecArray, page: Page) => boolean

export function labelled(name: IdentifierClass, rule: string, label: string, least: number, refuse: Refuse = isMeasured): Pattern {
  return {
    class: name,
    rule,
    re: new RegExp(`${label}\\b\\.?${TAIL}${VALUE}`, 'y'),
    check: (match, page) => {
      const value = match.groups?.['value'] ?? ''
      return digits(value) >= least && !DATED.test(value) && !refuse(value, match, page)
    }
  }
}

/** Behind a label that is another word, too, and so with a rule of its own: "Hospital: 98.6", "lot 1000". */
export const isClinical: Refuse = (value, match, page) =>
  isMeasured(value, match, page) || isPressure(value) || isRange(value) || isDecimal(value)

/** Behind a word that is seldom a label ("Plan: 1000", "Patient: 145/90") a value is one that says so, or has the form of one. */
export const isPlain: Refuse = (value, match, page) =>
  isClinical(value, match, page) ||
  YEARS.test(value) ||
  !(SAYS_SO.test(match[0].slice(0, match[0].length - value.length)) || OF_NUMBERS.test(value))

const SAYS_SO =
  /#|\b(?:no|nr|num|nbr|numbers?|ids?|identifier|identification|code|policy|card|file|record|rec|group|holder|beneficiary|member|insurance|ending)\b/
const YEARS = /^(?:19|20)\d\d-(?:19|20)?\d\d$/
const OF_NUMBERS = /^#|[a-z]|\d{6}|^(?=(?:\d-?){7})\d+(?:-\d+)+$/

export function phone(name: IdentifierClass, rule: string, label: string, refuse: Refuse = isNoNumber): Pattern {
  return {
    class: name,
    rule,
    re: new RegExp(`${label}(?:\\s?(?:number|no|phone|line|#)\\b\\.?){0,2}[\\s:#.=]{0,4}(?:(?:is|at|was|on)\\s)?${PHONE}`, 'y'),
    check: (match, page) => {
      const value = match.groups?.['value'] ?? ''
      return digits(value) >= 7 && !DATED.test(value) && !refuse(value, match, page)
    }
  }
}

/** "pH 7.35/45/80" are gases of the blood, "145/90 150/85" pressures. */
const isNoNumber: Refuse = (value, match, page) =>
  /^\d\.\d\d\//.test(value) || isPressure(value) || (!DIALLED.test(value) && isMeasured(value, match, page))

/** Behind "home", "work" and "office" a value has the form of a telephone number, or a word says so. */
export const isNoForm: Refuse = (value, match, page) =>
  isNoNumber(value, match, page) || !(DIALLED.test(value) || SAYS_SO.test(match[0].slice(0, match[0].length - value.length)))

const DIALLED = /^(?:\+|\(|0)\d|^(?:1[\s.-]{0,2})?(?:\d{3}[\s./-]{0,3})?\d{3}[\s./-]{0,3}\d{4}(?:\D|$)/
