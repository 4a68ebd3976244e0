/**
 * What is measured and no number of a person: a value with its unit, a blood pressure, a range. Decides by the unit behind it and by its form; refuses
 * nothing by itself. A number of a person that were read so would leave: a unit that may be another word there ("cc:", "Day 3", "MS") is none.
 */
import type { Page } from '../reading/page.ts'

/** What is counted, by hundreds of thousands too. */
const COUNT =
  '(?:[mku]?iu|units|units?(?![\\s:#]{1,3}\\d)|cfu|copies|cells(?![\\s:#(]{1,3}\\d)|steps|beats|breaths|k?cal|calories)\\b|%|\\/\\s?(?:[uμ]l|mm3?|hpf|lpf|ml|dl|l|min)\\b'
/** Amounts as notes write them (UCUM and what clinics write for it). */
const AMOUNT =
  '(?:[mcunpμ]?mol|[mnpuμk]g|mcg|gms?|grams?|kgs|lbs?|pounds?|oz|ounces?|mls?|[uμ]l|lit(?:er|re)s?|meq|mosm|mmhg|cmh2o|kpa|bpm|c?gy|mci|' +
  'tabs?|tablets?|caps|capsules?|pills?|puffs?|drops?|gtts?|doses?|sprays?|patch(?:es)?|ampules?|vials?|tsp|tbsp|teaspoons?|percent)\\b'
const SPAN = '(?:min(?:ute)?s|secs?|seconds?|hrs|hours|days|wks|weeks|months|yrs|years|times)\\b(?![\\s:#(]{1,3}\\d)'

/** An amount's unit behind a value. */
export const UNIT_BEHIND: RegExp = new RegExp(`^[\\s-]?(?:x\\s?10\\^?\\d{1,2}\\s?)?(?:${COUNT}|${AMOUNT})`)
const COUNT_BEHIND = new RegExp(`^[\\s-]?(?:${COUNT})`)
const MEASURE_BEHIND = new RegExp(`^[\\s-]?(?:${COUNT}|${AMOUNT}|${SPAN})`)
/** Written together: "1000mg", "5000u", "25000units/250ml". */
const TIGHT = new RegExp(`^\\d[\\d.,-]*(?:${COUNT}|${AMOUNT}|${SPAN}|(?:[ghlu]|cc)\\b)`)
/** Of so many digits nobody takes a dose. */
const MANY_DIGITS = /\d{6}/
const PRESSURE = /^(\d{2,3})\/(\d{2,3})(?![\d-]|\/\d{3})/
const RANGE = /^(\d{1,6}(?:\.\d{1,2})?)-(\d{1,6}(?:\.\d{1,2})?)$/
const DECIMAL = /^\d{1,3}\.\d{1,2}$/
/** Systolic, in millimetres of mercury. */
const MOST_PRESSURE = 300

/** Whether a unit makes it a measure: it stands behind the match, or together with the value. */
export function isMeasured(value: string, { 0: text, index }: RegExpExecArray, { lower }: Page): boolean {
  const end = index + text.length
  const behind = lower.slice(end, end + 16)
  return MANY_DIGITS.test(value) ? COUNT_BEHIND.test(behind) : MEASURE_BEHIND.test(behind) || TIGHT.test(value)
}

/** "145/90", "120/80/99": the first is larger, and no telephone number begins so. */
export function isPressure(value: string): boolean {
  const [, one, two] = PRESSURE.exec(value) ?? []
  return one !== undefined && Number(one) <= MOST_PRESSURE && Number(one) > Number(two)
}

/** "98.6". */
export function isDecimal(value: string): boolean {
  return DECIMAL.test(value)
}

/** "135-145", "4500-11000": the second is larger, and of more than three digits both are round. */
export function isRange(value: string): boolean {
  const [, one = '', two = ''] = RANGE.exec(value) ?? []
  return (
    Number(one) < Number(two) && !one.startsWith('0') && ((one.length < 4 && two.length < 4) || (one.endsWith('0') && two.endsWith('0')))
  )
}
