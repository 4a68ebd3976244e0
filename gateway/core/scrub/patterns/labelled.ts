/**
 * Numbers and codes behind a word that says what they are: "MRN: S-987654", "license no. 123", "room 412" (45 CFR 164.514(b)(2)(i)(D), (E), (G)–(M), (R)).
 * A value holds a digit. Coding systems (ICD, SNOMED, NCT …) label no person and are kept.
 */
import type { IdentifierClass } from '../classes.ts'
import { MONTH } from './dates.ts'
import { each, type Pattern } from './pattern.ts'

/** What may stand between a label and its value: "number", "no.", "#", ":", "is". */
const TAIL =
  '(?:[\\s./-]{0,2}(?:#(?=\\s?[:=])|(?:numbers?|num|nbr|no|nr|ids?|identifier|identification|code|plan|policy|card|file|record|rec|group|holder|beneficiary|member|insurance)\\b\\.?)){0,4}' +
  '\\s{0,2}[:=-]{0,2}\\s{0,2}(?:(?:is|was|are|of|ending(?:\\s(?:in|with))?)\\s{1,2})?[:([]{0,2}\\s?'
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

function labelled(name: IdentifierClass, rule: string, label: string, least: number): Pattern {
  return {
    class: name,
    rule,
    re: new RegExp(`${label}${TAIL}${VALUE}`, 'y'),
    check: (match) => digits(match.groups?.['value'] ?? '') >= least && !DATED.test(match.groups?.['value'] ?? '')
  }
}

function phone(name: IdentifierClass, rule: string, label: string): Pattern {
  return {
    class: name,
    rule,
    re: new RegExp(`${label}(?:\\s?(?:number|no|phone|line|#)\\b\\.?){0,2}[\\s:#.=]{0,4}(?:(?:is|at|was|on)\\s)?${PHONE}`, 'y'),
    check: (match) => digits(match.groups?.['value'] ?? '') >= 7 && !DATED.test(match.groups?.['value'] ?? '')
  }
}

const MRN = [labelled('MRN', 'mrn', '(?:mrn|mr|med(?:ical)?\\.?\\s{1,2}rec(?:ord)?s?|(?:chart|record|patient|hospital|unit))\\b\\.?', 3)]
const PLAN = [
  labelled(
    'ACCOUNT',
    'plan',
    '(?:(?:health\\s)?insurance|ins|policy|member|subscriber|plan|medicaid|medicare|hicn|mbi|beneficiary|hpbn|health plan|group|coverage|payer)\\b\\.?',
    4
  )
]
const ACCOUNT = [
  labelled('ACCOUNT', 'account', '(?:account|acct|claim|invoice|card|visa|mastercard|amex|iban|routing|billing|csn|fin|har)\\b\\.?', 4)
]
const ANY_ID = [
  labelled(
    'ID',
    'id',
    '(?:id|identifier|identification|case|encounter|visit|accession|specimen|order|requisition|ticket|confirmation|reference|ref|study|passport|badge|employee|student|npi|ein|tin|tax)\\b\\.?',
    4
  )
]
const LICENCE = [labelled('LICENCE', 'licence', "(?:(?:driver'?s?\\s)?licen[sc]e|lic|dl|dea|certificate|cert|registration)\\b\\.?", 4)]
const DEVICE = [
  labelled(
    'DEVICE',
    'device',
    '(?:serial|s/n|sn|udi|imei|device|model|lot|implant|pacemaker|mac|(?:manufacturer))\\b\\.?(?:\\s(?:serial|lot|model))?',
    4
  )
]
const ROOM = [
  {
    class: 'ROOM',
    rule: 'room',
    re: /(?:room|rm|bed|bay|cubicle)(?![a-z])\.?(?:\s?\/\s?bed)?[\s:]{0,3}(?:number|no\.?|#)?\s{0,2}(?<value>(?:\d{1,5}(?:-?[a-z])?\b|[a-z]-?\d{1,4}\b)(?:\s?[-/]\s?(?:\d{1,3}[a-z]?|[a-z])\b)?)(?!\s?(?:air|mg|ml|days?|weeks?|hours?|x|%))/y
  }
] as const satisfies readonly Pattern[]

/** Tried where one of these words begins. */
export const LABELLED: ReadonlyMap<string, readonly Pattern[]> = new Map<string, readonly Pattern[]>([
  ...each('mrn mr med medical chart record patient hospital unit', MRN),
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
      '(?:ssn|ss|s\\.s\\.n?|soc(?:ial)?\\.?\\s{1,2}sec(?:urity)?)\\b\\.?(?:\\s(?:ending(?:\\sin)?|last\\s(?:four|4)))?',
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
    phone(
      'PHONE',
      'phone-label',
      '(?:(?:cell|mobile|home|work|office)\\s)?(?:tele?(?:phone)?|phone|cell|mobile|ph|call|contact|home|work|office|reach(?:ed)?|text|dial|answering|desk)\\b\\.?(?:\\s(?:him|her|me|us|them|back))?'
    )
  ]),
  ...each('x', [{ class: 'PHONE', rule: 'extension', re: /x(?=\d{0,3}[1-9])\d{4,6}(?!\w)/y }]),
  ...each('twitter instagram facebook snapchat tiktok skype username login', [
    {
      class: 'ID',
      rule: 'account-name',
      re: /(?:twitter|instagram|facebook|snapchat|tiktok|skype|username|login)(?:\s(?:id|name))?\s?[:=]\s?@?(?<value>[a-z][\w.]{2,40})/y
    }
  ]),
  ...each('ext extension', [{ class: 'PHONE', rule: 'extension', re: /ext(?:ension)?\b\.?[\s:#]{0,3}(?<value>\d{3,6})(?!\d)/y }]),
  ...each('vin', [{ class: 'VIN', rule: 'vin', re: new RegExp(`vin\\b${TAIL}(?<value>[a-hj-npr-z0-9]{11,17})\\b`, 'y') }]),
  ...each('plate tag plates', [
    {
      class: 'PLATE',
      rule: 'plate',
      re: new RegExp(`(?:plates?|tag)\\b${TAIL}(?<value>(?=[a-z -]{0,5}\\d)[a-z0-9]{1,4}[ -]?[a-z0-9]{2,5})\\b`, 'y'),
      check: (match) => !/^\d\s|\s(?:of|at|on|in|and)$/.test(match.groups?.['value'] ?? '')
    }
  ]),
  ...each('room rm bed bay cubicle', ROOM),
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
