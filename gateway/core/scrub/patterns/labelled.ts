/**
 * Numbers and codes behind a word that says what they are: "MRN: S-987654", "license no. 123", "room 412" (45 CFR 164.514(b)(2)(i)(D), (E), (G)–(M), (R)).
 * A value holds a digit. Coding systems (ICD, SNOMED, NCT …) label no person and are kept.
 */
import type { Page } from '../reading/page.ts'
import { MONTH } from './dates.ts'
import { isClinical, isNoForm, isPlain, labelled, phone, TAIL } from './label.ts'
import { isMeasured } from './measures.ts'
import { each, type Pattern } from './pattern.ts'

const WHOM = '(?:\\s(?:him|her|me|us|them|back))?'

/** Labels by the words they begin with. A word that may be none ("Lot 1000", "the patient 145/90") has a rule of its own, by which nothing is invented. */
const NUMBERS: readonly (readonly [words: string, pattern: Pattern])[] = [
  ['mrn med medical', labelled('MRN', 'mrn', '(?:mrn|med(?:ical)?\\.?\\s{1,2}rec(?:ord)?s?)', 3)],
  ['mr', labelled('MRN', 'mrn', 'mr(?=\\s?(?:#|no\\b|num|:))', 3)],
  ['mr chart record hospital hosp', labelled('MRN', 'mrn-word', '(?:mr|chart|record|hospital|hosp)', 3, isClinical)],
  ['patient unit', labelled('MRN', 'mrn-word', '(?:patient|unit)', 3, isPlain)],
  [
    'insurance health policy member subscriber medicaid medicare hicn mbi beneficiary hpbn',
    labelled(
      'ACCOUNT',
      'plan',
      '(?:(?:health\\s)?insurance|policy|member|subscriber|medicaid|medicare|hicn|mbi|beneficiary|hpbn|health plan)',
      4
    )
  ],
  ['ins group coverage payer', labelled('ACCOUNT', 'plan-word', '(?:ins|group|coverage|payer)', 4, isClinical)],
  ['plan', labelled('ACCOUNT', 'plan-word', 'plan', 4, isPlain)],
  [
    'account acct claim invoice visa mastercard amex iban routing billing csn',
    labelled('ACCOUNT', 'account', '(?:account|acct|claim|invoice|visa|mastercard|amex|iban|routing|billing|csn)', 4)
  ],
  ['card fin har', labelled('ACCOUNT', 'account-word', '(?:card|fin|har)', 4, isClinical)],
  [
    'id identifier identification accession requisition ticket confirmation passport badge npi ein tin',
    labelled('ID', 'id', '(?:id|identifier|identification|accession|requisition|ticket|confirmation|passport|badge|npi|ein|tin)', 4)
  ],
  [
    'case encounter visit specimen reference ref study employee student tax',
    labelled('ID', 'id-word', '(?:case|encounter|visit|specimen|reference|ref|study|employee|student|tax)', 4, isClinical)
  ],
  ['order', labelled('ID', 'id-word', 'order', 4, isPlain)],
  ['license licence driver lic dea', labelled('LICENCE', 'licence', "(?:(?:driver'?s?\\s)?licen[sc]e|lic|dea)", 4)],
  // "mg/dl" is none
  [
    'dl certificate cert registration',
    labelled('LICENCE', 'licence-word', '(?:(?<!\\/|per\\s)dl|certificate|cert|registration)', 4, isClinical)
  ],
  ['serial s sn udi imei', labelled('DEVICE', 'device', '(?:serial|s/n|sn|udi|imei)', 4)],
  [
    'device model lot implant pacemaker mac manufacturer',
    labelled('DEVICE', 'device-word', '(?:device|model|lot|implant|pacemaker|mac|manufacturer)(?:\\s(?:lot|model))?', 4, isClinical)
  ],
  ['phone telephone tel mobile call', phone('PHONE', 'phone-label', `(?:tele?(?:phone)?|phone|mobile|call)\\b\\.?${WHOM}`)],
  [
    'cell ph contact reach reached text dial answering desk',
    phone('PHONE', 'phone-word', `(?:cell|ph|contact|reach(?:ed)?|text|dial|answering|desk)\\b\\.?${WHOM}`)
  ],
  ['home work office', phone('PHONE', 'phone-word', '(?:home|work|office)\\b\\.?', isNoForm)]
]
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

/** The patterns of each word, in the order of the table. */
const NUMBERED: readonly (readonly [string, readonly Pattern[]])[] = Object.entries(
  Object.groupBy(
    [...NUMBERS, ['unit floor', ROOM_UNIT] as const].flatMap(([words, pattern]) => words.split(' ').map((word) => ({ word, pattern }))),
    ({ word }) => word
  )
).map(([word, rows = []]) => [word, rows.map(({ pattern }) => pattern)])

/** Tried where one of these words begins. */
export const LABELLED: ReadonlyMap<string, readonly Pattern[]> = new Map<string, readonly Pattern[]>([
  ...NUMBERED,
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
      re: /(?:lat(?:itude)?|lon(?:g(?:itude)?)?|lng)\b\.?[\s:=]{1,3}(?:is\s)?(?<value>-?\d{1,3}\.\d{3,8}(?:\s?[,;/]?\s?-?\d{1,3}\.\d{3,8})?)/y
    }
  ]),
  ...each('zip postal', [
    { class: 'ZIP', rule: 'zip', re: /(?:zip|postal)(?:\s?code)?[\s:#]{0,4}(?:is\s)?(?<value>\d{3}(?:\s?\d{1,3})?(?:-\d{3,4})?)(?!\d)/y }
  ]),
  ...each('po p box', [{ class: 'STREET', rule: 'po-box', re: /(?:p\.?\s?o\.?\s?)?box\s#?\d{1,6}\b/y }]),
  ...each('born', [{ class: 'DATE', rule: 'born-month', re: new RegExp(`born\\s(?:on\\s|in\\s)?(?<value>${MONTH})(?!\\w|\\s\\d)`, 'y') }])
])
