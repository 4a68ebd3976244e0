/**
 * Numbers and codes that no word explains: long runs of digits, letters with digits, payment cards, VINs, network and hardware addresses, coordinates.
 * Kept: what follows the name of a coding system, ranges of years, decimals, and codes of few digits, which clinical text is full of (CD4, T10, A1C).
 */
import type { Page } from '../reading/page.ts'
import { isDose } from './doses.ts'
import { isMeasured, isRange } from './measures.ts'
import type { Pattern } from './pattern.ts'

const CODED =
  /(?:icd|icd-?9|icd-?10|icd-?10-?cm|snomed|snomed ct|sct|loinc|rxnorm|rxcui|cpt|hcpcs|ndc|umls|cui|atc|nct|pmid|doi|pubmed|isbn|omim|mesh|oid|hgnc|clinvar|code|codes|cas)[\s:#(-]{0,4}$/

/** Behind the name of a coding system a number is about no person. */
function isOwn(match: RegExpExecArray, { lower }: Page): boolean {
  return !CODED.test(lower.slice(Math.max(0, match.index - 16), match.index))
}

function count(text: string): number {
  return text.replace(/\D/g, '').length
}

/** ISO/IEC 7812-1, Annex B: the check digit of a payment card. */
function isCard(text: string): boolean {
  const digits = text.replace(/\D/g, '')
  let sum = 0
  for (let at = 0; at < digits.length; at++) {
    const digit = Number(digits[digits.length - 1 - at])
    sum += at % 2 === 0 ? digit : digit * 2 - (digit > 4 ? 9 : 0)
  }
  return digits.length >= 13 && sum % 10 === 0
}

/** 49 CFR 565.15: the check digit of a VIN is its ninth. */
function isVin(vin: string): boolean {
  const letters = 'abcdefgh  jklmn p r  stuvwxyz'
  const values = '12345678  12345 7 9  23456789'
  const weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2]
  let sum = 0
  for (let at = 0; at < 17; at++) {
    const char = vin.charAt(at)
    sum += Number(/\d/.test(char) ? char : values[letters.indexOf(char)]) * (weights[at] ?? 0)
  }
  return (sum % 11 === 10 ? 'x' : String(sum % 11)) === vin[8]
}

function isYears(text: string): boolean {
  return /^(?:1[89]|20)\d\d-(?:1[89]|20)?\d\d$/.test(text)
}

/** "phenytoin 100-100-200" */
function isDoses({ 0: text, index }: RegExpExecArray, { lower }: Page): boolean {
  return !/\d{4}/.test(text) && isDose(lower, index, index + text.length)
}

const IP6: Pattern = {
  class: 'IP',
  rule: 'ip6',
  after: 'ml',
  re: /[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,5}::(?:[0-9a-f]{1,4}:){0,5}[0-9a-f]{1,4}\b|(?:[0-9a-f]{1,4}:){3,7}(?::?[0-9a-f]{1,4})\b/y,
  check: (match) => /\d/.test(match[0])
}

/** Of six pairs, or as network devices write it: "001a.2b3c.4d5e". */
const MAC: Pattern = {
  class: 'DEVICE',
  rule: 'mac',
  re: /(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b|(?=[\d.]{0,10}[a-f])[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}(?!\w)/y
}
/** Written by a program, for a program: it may hold anything (RFC 4648, RFC 2047). */
const ENCODED: Pattern = {
  class: 'ID',
  rule: 'encoded',
  re: /[a-z0-9+/]{40,4000}={0,2}/y,
  check: ({ 0: { length }, index }, { text }) => isEncoded(text.slice(index, index + length))
}

function isEncoded(text: string): boolean {
  return /\d/.test(text) && ((/[A-Z]/.test(text) && /[a-z]/.test(text)) || /^[\da-fA-F]+$/.test(text))
}

/** Tried at an equals sign before a question mark. */
export const ENCODED_WORDS: readonly Pattern[] = [{ class: 'ID', rule: 'encoded', re: /=\?[\w-]{3,20}\?[bq]\?[^?\s]{1,500}\?=/y }]
/** Tried at a bracket before a number: what a label of a device tells (GS1 General Specifications, 21 CFR 801.40). */
export const DEVICE_LABELS: readonly Pattern[] = [
  { class: 'DEVICE', rule: 'udi', re: /\(01\)\s?\d{14}(?:\s?\(\d{2}\)\s?[a-z0-9/-]{1,20}){0,5}/y }
]

/** Tried where digits begin. */
export const CODES_BY_NUMBER: readonly Pattern[] = [
  { ...ENCODED, after: 'l' },
  { class: 'SSN', rule: 'ssn-form', after: 'mN', re: /\d{3}([- .])\d{2}\1\d{4}(?![\d-])/y },
  {
    class: 'ACCOUNT',
    rule: 'card',
    after: 'mN',
    re: /\d{4}(?:[ -]?\d{4}){2}[ -]?\d{1,7}(?!\d)|\d{4}[ -]?\d{6}[ -]?\d{5}(?!\d)/y,
    check: (match) => isCard(match[0])
  },
  { ...MAC, after: 'ml' },
  IP6,
  {
    class: 'COORDINATES',
    rule: 'coordinates',
    after: 'm',
    re: /\d{1,2}\.\d{3,8}\s?°?\s?[ns]\s?[,;/]?\s?\d{1,3}\.\d{3,8}\s?°?\s?[ew]\b/y
  },
  {
    class: 'COORDINATES',
    rule: 'coordinates',
    after: 'm',
    re: /\d{1,2}\.\d{3,8}\s?°?\s?[ns]?\s?[,;/]\s?-?\d{1,3}\.\d{3,8}(?:\s?°)?(?:\s?[ew]\b)?/y
  },
  {
    class: 'COORDINATES',
    rule: 'degrees',
    after: 'm',
    re: /\d{1,2}°\s?\d{1,2}['"]\s?(?:\d{1,2}(?:\.\d{1,4})?["']{1,2}\s?)?[ns],?\s?\d{1,3}°\s?\d{1,2}['"]\s?(?:\d{1,2}(?:\.\d{1,4})?["']{1,2}\s?)?[ew]\b/y
  },
  { class: 'VIN', rule: 'vin-form', after: 'l', re: /(?=[a-z]{0,6}\d)[a-hj-npr-z0-9]{17}\b/y, check: (match) => isVin(match[0]) },
  {
    class: 'ID',
    rule: 'number-groups',
    after: 'm',
    re: /\d{2,7}(?:-\d{2,7}){1,4}(?![\d.%])(?:-?[a-z]{1,5}\b)?/y,
    check: (match, page) => {
      const groups = match[0].split('-')
      const uneven = groups.length > 2 || groups[0]?.length !== groups[1]?.length
      return (
        count(match[0]) >= 8 &&
        uneven &&
        !isYears(match[0]) &&
        !isDoses(match, page) &&
        !isRange(match[0]) &&
        !isMeasured(match[0], match, page) &&
        isOwn(match, page)
      )
    }
  },
  {
    class: 'ID',
    rule: 'number-letters',
    after: '',
    re: /\d{5,12}-?[a-z]{1,5}\d{0,6}\b/y,
    check: (match, page) => !/\d(?:mg|mcg|ml|iu|units?|cells?|k|u|g|l|kg|cfu|st|nd|rd|th|bp|x|hz|ms)$/.test(match[0]) && isOwn(match, page)
  },
  {
    class: 'ID',
    rule: 'number-long',
    after: '',
    re: /\d{25,64}|\d{7,24}(?![\d,])(?!\.\d)/y,
    check: (match, page) => isOwn(match, page) && !/^(?:\d0{4,}|\d\d0{5,})/.test(match[0]) && !isMeasured(match[0], match, page)
  }
]

/** Tried where letters begin that digits or a hyphen follow at once. */
export const CODES_BY_LETTERS: readonly Pattern[] = [
  ENCODED,
  { class: 'VIN', rule: 'vin-form', re: /(?=[a-z]{0,6}\d)[a-hj-npr-z0-9]{17}\b/y, check: (match) => isVin(match[0]) },
  MAC,
  IP6,
  {
    class: 'ACCOUNT',
    rule: 'iban',
    re: /[a-z]{2}\d{2}\s?(?:[a-z0-9]{4}\s?){2,7}[a-z0-9]{1,4}\b/y,
    check: (match) => count(match[0]) >= 10
  },
  {
    class: 'ID',
    rule: 'letters-number',
    re: /[a-z]{1,8}(?:[-/][a-z]{1,8})?[-_/]?\d{2,16}(?:-?[a-z0-9]{1,12}){0,3}\b/y,
    check: (match, page) => count(match[0]) >= 5 && !/^(?:nct|pmid|pmc|rs|doi|icd|covid|sars)-?\d/.test(match[0]) && isOwn(match, page)
  }
]
