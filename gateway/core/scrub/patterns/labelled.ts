/**
 * Numbers and codes behind a word that says what they are: "MRN: S-987654", "license no. 123", "room 412" (45 CFR 164.514(b)(2)(i)(D), (E), (G)–(M), (R)).
 * A value holds a digit. Coding systems (ICD, SNOMED, NCT …) label no person and are kept.
 */
import type { IdentifierClass } from '../classes.ts'
import type { Page } from '../reading/page.ts'
import { MONTH } from './dates.ts'
import { isDecimal, isMeasured, isPressure, isRange } from './measures.ts'
import { each, type Pattern } from './pattern.ts'

/** What may stand between a label and its value: "number", "no.", "#", ":", "is". */
const TAIL =
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

function labelled(name: IdentifierClass, rule: string, label: string, least: number, refuse: Refuse = isMeasured): Pattern {
  return {
    class: name,
    rule,
    re: new RegExp(`${label}${TAIL}${VALUE}`, 'y'),
    check: (match, page) => {
      const value = match.groups?.['value'] ?? ''
      return digits(value) >= least && !DATED.test(value) && !refuse(value, match, page)
    }
  }
}

/** Behind a label that is another word, too, and so with a rule of its own: "Hospital: 98.6", "lot 1000". */
const isClinical: Refuse = (value, match, page) => isMeasured(value, match, page) || isPressure(value) || isRange(value) || isDecimal(value)

/** Behind a word that is seldom a label ("Plan: 1000", "Patient: 145/90") a value is one that says so, or has the form of one. */
const isPlain: Refuse = (value, match, page) =>
  isClinical(value, match, page) ||
  YEARS.test(value) ||
  !(SAYS_SO.test(match[0].slice(0, match[0].length - value.length)) || OF_NUMBERS.test(value))

const SAYS_SO =
  /#|\b(?:no|nr|num|nbr|numbers?|ids?|identifier|identification|code|policy|card|file|record|rec|group|holder|beneficiary|member|insurance|ending)\b/
const YEARS = /^(?:19|20)\d\d-(?:19|20)?\d\d$/
const OF_NUMBERS = /^#|[a-z]|\d{6}|^(?=(?:\d-?){7})\d+(?:-\d+)+$/

/** Both rules: `sure` words are labels, `other` ones may be. */
function either(
  name: IdentifierClass,
  rule: string,
  least: number,
  [sure, other]: readonly [sure: string, other: string]
): readonly Pattern[] {
  return [labelled(name, rule, `(?:${sure})\\b\\.?`, least), labelled(name, `${rule}-word`, `(?:${other})\\b\\.?`, least, isClinical)]
}

function phone(name: IdentifierClass, rule: string, label: string, refuse: Refuse = isNoNumber): Pattern {
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
const isNoForm: Refuse = (value, match, page) =>
  isNoNumber(value, match, page) || !(DIALLED.test(value) || SAYS_SO.test(match[0].slice(0, match[0].length - value.length)))

const WHOM = '(?:\\s(?:him|her|me|us|them|back))?'
const DIALLED = /^(?:\+|\(|0)\d|^(?:1[\s.-]{0,2})?(?:\d{3}[\s./-]{0,3})?\d{3}[\s./-]{0,3}\d{4}(?:\D|$)/

const MRN = [
  ...either('MRN', 'mrn', 3, ['mrn|mr(?=\\s?(?:#|no\\b|num|:))|med(?:ical)?\\.?\\s{1,2}rec(?:ord)?s?', 'mr|chart|record|hospital|hosp']),
  labelled('MRN', 'mrn-word', '(?:patient|unit)\\b\\.?', 3, isPlain)
]
const PLAN = [
  ...either('ACCOUNT', 'plan', 4, [
    '(?:health\\s)?insurance|policy|member|subscriber|medicaid|medicare|hicn|mbi|beneficiary|hpbn|health plan',
    'ins|group|coverage|payer'
  ]),
  labelled('ACCOUNT', 'plan-word', 'plan\\b\\.?', 4, isPlain)
]
const ACCOUNT = either('ACCOUNT', 'account', 4, [
  'account|acct|claim|invoice|visa|mastercard|amex|iban|routing|billing|csn',
  'card|fin|har'
])
const ANY_ID = [
  ...either('ID', 'id', 4, [
    'id|identifier|identification|accession|requisition|ticket|confirmation|passport|badge|npi|ein|tin',
    'case|encounter|visit|specimen|reference|ref|study|employee|student|tax'
  ]),
  labelled('ID', 'id-word', 'order\\b\\.?', 4, isPlain)
]
const LICENCE = either('LICENCE', 'licence', 4, [
  "(?:driver'?s?\\s)?licen[sc]e|lic|dea",
  // "mg/dl" is none
  '(?<!\\/|per\\s)dl|certificate|cert|registration'
])
const DEVICE = either('DEVICE', 'device', 4, [
  '(?:(?:device|model|implant|pacemaker|manufacturer)\\s)?(?:serial|s/n|sn|udi|imei)',
  '(?:device|model|lot|implant|pacemaker|mac|manufacturer)(?:\\s(?:lot|model))?'
])
const ROOM = [
  {
    class: 'ROOM',
    rule: 'room',
    re: /(?:room|rm|bed|bay|cubicle|ward)(?![a-z])\.?(?:\s?\/\s?bed)?[\s:]{0,3}(?:number|no\.?|#)?\s{0,2}(?<value>(?:\d{1,5}(?:-?[a-z])?\b|[a-z]-?\d{1,4}\b)(?:\s?[-/]\s?(?:\d{1,3}[a-z]?|[a-z])\b)?)(?!\s?(?:air|mg|ml|days?|weeks?|hours?|x|%))/y
  }
] as const satisfies readonly Pattern[]

const ROOM_UNIT: Pattern = { class: 'ROOM', rule: 'room-unit', re: /(?:unit|floor)\s#?(?<value>\d{1,3}-?[a-z])(?![\w'-])/y }

/** Letters are capitals where a blank parts them: "7 ABC 123", not "3 of 50". */
function isPlate(match: RegExpExecArray, page: Page): boolean {
  const { text } = page
  const value = match.groups?.['value'] ?? ''
  if (isMeasured(value, match, page)) return false
  const end = match.index + match[0].length
  return !value.includes(' ') || !/[a-z]/.test(text.slice(end - value.length, end))
}

const NUMBER_WORD =
  '(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty)'

/** Digits of a social security number hidden by asterisks, but for the last four. */
export const MASKED_SSN: readonly Pattern[] = [{ class: 'SSN', rule: 'ssn-masked', re: /\*{2,3}[-\s]?\*{2}[-\s]?\d{4}(?!\d)/y }]

/** Labels of values that may be without a digit. */
export const LABELLED_WORDS: ReadonlyMap<string, readonly Pattern[]> = new Map<string, readonly Pattern[]>([
  ...each('twitter instagram facebook snapchat tiktok skype whatsapp telegram username login', [
    {
      class: 'ID',
      rule: 'account-name',
      re: /(?:twitter|instagram|facebook|snapchat|tiktok|skype|whatsapp|telegram|username|login)(?:\s(?:id|name))?\s?[:=]\s?@?(?<value>[a-z][\w.]{2,40})/y
    }
  ]),
  ...each('room rm bed bay cubicle ward', [
    {
      class: 'ROOM',
      rule: 'room-spoken',
      re: new RegExp(
        `(?:room|rm|bed|bay|cubicle|ward)\\s(?:number\\s)?(?<value>${NUMBER_WORD}(?:[\\s-](?:${NUMBER_WORD}|oh|hundred)){0,3})\\b(?!\\s?(?:-|air|days?|weeks?|hours?|minutes?|nights?|times?|months?|years?|of\\b|at\\sa|or\\b|to\\b|more|person|people))`,
        'y'
      )
    },
    {
      class: 'ROOM',
      rule: 'room-letter',
      re: /(?:room|rm|bed|bay|cubicle|ward)\s(?<value>[a-z])(?![\w'.]|-\w)/y,
      check: ({ 0: match, index }, { text }) => /[A-Z]/.test(text.charAt(index + match.length - 1))
    }
  ])
])

/** Tried where one of these words begins. */
export const LABELLED: ReadonlyMap<string, readonly Pattern[]> = new Map<string, readonly Pattern[]>([
  ...each('mrn mr med medical chart record patient hospital hosp', MRN),
  ...each('insurance health ins policy member subscriber plan medicaid medicare hicn mbi beneficiary hpbn group coverage payer', PLAN),
  ...each('account acct claim invoice card visa mastercard amex iban routing billing csn fin har', ACCOUNT),
  ...each(
    'id identifier identification case encounter visit accession specimen order requisition ticket confirmation reference ref study passport badge employee student npi ein tin tax',
    ANY_ID
  ),
  ...each('license licence driver lic dl dea certificate cert registration', LICENCE),
  ...each('serial s sn udi imei device model lot implant pacemaker mac manufacturer', DEVICE),
  ...each('ssn ss social soc', [
    labelled(
      'SSN',
      'ssn',
      '(?:ssn|ss|s\\.s\\.n?|soc(?:ial)?\\.?\\s{1,2}sec(?:urity)?)\\b\\.?(?:\\s(?:ending(?:\\sin)?|last[\\s-](?:four|4)))?',
      4
    ),
    {
      class: 'SSN',
      rule: 'ssn-masked',
      re: /(?:ssn|ss#?|social(?:\ssecurity)?(?:\snumber)?)(?:\s(?:is|of))?[\s:#]{1,4}(?<value>[x*#]{1,3}[-\s]?[x*#]{0,2}[-\s]?\d{4})(?!\d)/y
    }
  ]),
  ...each('last', [
    {
      class: 'SSN',
      rule: 'ssn-last',
      re: /last\s(?:four|4)(?:\s(?:digits|of|the|his|her|ssn|social)){0,4}[\s:#]{1,3}(?:is\s|are\s)?(?<value>\d{4})(?!\d)/y
    }
  ]),
  ...each('xxx', [{ class: 'SSN', rule: 'ssn-masked', re: /xxx-?xx-?\d{4}(?!\d)/y }]),
  ...each('fax facsimile', [phone('FAX', 'fax', '(?:fax|facsimile)\\b\\.?')]),
  ...each('pager beeper beep pgr', [
    phone('PAGER', 'pager', '(?:pager|beep(?:er)?|pgr)\\b\\.?'),
    {
      class: 'PAGER',
      rule: 'pager-short',
      re: /(?:pager|beep(?:er)?|pgr)\b\.?(?:\s?(?:number|no|id|#)\b\.?)?[\s:#]{0,4}(?<value>\d{3,6})(?!\d)/y
    }
  ]),
  ...each('phone telephone tel cell mobile ph call contact home work office reach reached text dial answering desk', [
    phone('PHONE', 'phone-label', `(?:(?:cell|mobile|home|work|office)\\s)?(?:tele?(?:phone)?|phone|mobile|call)\\b\\.?${WHOM}`),
    phone('PHONE', 'phone-word', `(?:(?:home|work|office)\\s)?(?:cell|ph|contact|reach(?:ed)?|text|dial|answering|desk)\\b\\.?${WHOM}`),
    phone('PHONE', 'phone-word', '(?:home|work|office)\\b\\.?', isNoForm)
  ]),
  ...each('x', [{ class: 'PHONE', rule: 'extension', re: /x(?=\d{0,3}[1-9])\d{4,6}(?!\w)/y }]),
  ...each('ext extension', [{ class: 'PHONE', rule: 'extension', re: /ext(?:ension)?\b\.?[\s:#]{0,3}(?<value>\d{3,6})(?!\d)/y }]),
  ...each('vin', [{ class: 'VIN', rule: 'vin', re: new RegExp(`vin\\b${TAIL}(?<value>[a-hj-npr-z0-9]{11,17})\\b`, 'y') }]),
  ...each('plate tag plates', [
    {
      class: 'PLATE',
      rule: 'plate',
      re: new RegExp(`(?:plates?|tag)\\b${TAIL}#?\\s?(?<value>(?=[a-z -]{0,5}\\d)[a-z0-9]{1,4}(?:[ -]?[a-z0-9]{2,5}){1,2})\\b`, 'y'),
      check: isPlate
    }
  ]),
  ...each('room rm bed bay cubicle ward', ROOM),
  ...each('unit', [...MRN, ROOM_UNIT]),
  ...each('floor', [ROOM_UNIT]),
  ...each('suite ste apt apartment', [
    {
      class: 'STREET',
      rule: 'unit',
      re: /(?:suite|ste|apt|apartment)\b\.?\s{0,2}(?:number|no\.?|#)?\s{0,2}(?:\d{1,5}(?:-?[a-z])?\b|[a-z]-?\d{0,4}\b)(?!\s?(?:mg|ml|days?|weeks?|%))/y
    }
  ]),
  ...each('lat latitude lon long longitude lng', [
    {
      class: 'COORDINATES',
      rule: 'coordinate',
      re: /(?:lat(?:itude)?|lon(?:g(?:itude)?)?|lng)\b\.?[\s:=]{1,3}(?:is\s)?(?<value>-?\d{1,3}\.\d{3,8})/y
    }
  ]),
  ...each('zip postal', [
    { class: 'ZIP', rule: 'zip', re: /(?:zip|postal)(?:\s?code)?[\s:#]{0,4}(?:is\s)?(?<value>\d{3}(?:\s?\d{1,3})?(?:-\d{3,4})?)(?!\d)/y }
  ]),
  ...each('po p box', [{ class: 'STREET', rule: 'po-box', re: /(?:p\.?\s?o\.?\s?)?box\s#?\d{1,6}\b/y }]),
  ...each('born', [{ class: 'DATE', rule: 'born-month', re: new RegExp(`born\\s(?:on\\s|in\\s)?(?<value>${MONTH})(?!\\w|\\s\\d)`, 'y') }])
])
