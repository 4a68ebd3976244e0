/**
 * The opt-out list as NDJSON: each line a patient's id, an object with a scope, or a FHIR Consent. Decides what a line says. Refuses, by line number and code
 * and never by value, what is not JSON or could be read in two ways, an unknown member, a purpose or category that is none, self-pay without its plan, and names
 * that no record has: of characters that cannot be printed, or of a query.
 */
import { CATEGORIES } from '../agreement/categories/categories.ts'
import { PURPOSES } from '../agreement/purposes.ts'
import type { Code } from '../errors.ts'
import { parseReference, referenceTo } from '../fhir/identity.ts'
import type { Resource } from '../fhir/resource.ts'
import { countKeys, screen } from '../fhir/screen.ts'
import { EVERYTHING, type ListRule, type Rule } from './rule.ts'

export type OptOutLine =
  | { readonly kind: 'said'; readonly line: number; readonly patient: string; readonly rule: Rule }
  | { readonly kind: 'consent'; readonly line: number; readonly consent: Resource; readonly text: string }

export interface BadLine {
  readonly line: number
  readonly code: Code
}

/** How the list's own side knows names. */
export interface ListWords {
  /** ids of insurers */
  readonly recipients: ReadonlySet<string>
  readonly ownBases: readonly string[]
}

/** Longer is no line of a list, and no Consent. */
const LONGEST = 1024 * 1024
const MEMBERS = new Set(['patient', 'recipient', 'purpose', 'category', 'provider', 'selfPay'])
const MOST_ITEMS = 1000
/** As of a record. */
const DEEPEST = 64
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u

type Members = { readonly [member: string]: unknown }

/** `Patient?identifier=…` finds a record on a server; here it would be a name that no record has, and stop nothing. */
export function isQuery(value: unknown): boolean {
  return typeof value === 'string' && value.includes('?')
}

/** May it name a patient? What it names is for the party's bases to say. */
export function isName(text: string): boolean {
  return !isQuery(text) && !UNPRINTABLE.test(text)
}

function referenceOf(value: unknown, { ownBases }: ListWords): string | null {
  const named = typeof value === 'string' && !UNPRINTABLE.test(value) ? parseReference(value, ownBases) : null
  return named === null ? null : referenceTo(named)
}

/** 'absent' where the member is not there, null where it is wrong. */
function told(value: unknown, known: (text: string) => boolean): string | 'absent' | null {
  if (value === undefined) return 'absent'
  return typeof value === 'string' && known(value) ? value : null
}

function selfPay(row: Members, words: ListWords): Rule | null {
  const { recipient, selfPay: items } = row
  if (typeof recipient !== 'string' || !words.recipients.has(recipient)) return null
  if ([row['purpose'], row['category'], row['provider']].some((member) => member !== undefined)) return null
  if (!Array.isArray(items) || items.length === 0 || items.length > MOST_ITEMS) return null
  const named = items.map((item) => (isQuery(item) ? null : referenceOf(item, words)))
  return named.includes(null) ? null : { kind: 'self-pay', recipient, items: [...new Set(named.filter((item) => item !== null))].sort() }
}

/** The rule that these members say; null where one of them is none. */
export function ruleOf(row: Members, words: ListWords): Rule | null {
  if (row['selfPay'] !== undefined) return selfPay(row, words)
  const recipient = told(row['recipient'], (text) => words.recipients.has(text))
  const purpose = told(row['purpose'], (text) => PURPOSES.has(text))
  const category = told(row['category'], (text) => [...CATEGORIES.keys()].some((name) => name === text))
  const provider = row['provider'] === undefined ? 'absent' : referenceOf(row['provider'], words)
  if (recipient === null || purpose === null || category === null || provider === null) return null
  const or = (text: string): string | null => (text === 'absent' ? null : text)
  const rule: ListRule = { ...EVERYTHING, recipient: or(recipient), purpose: or(purpose), category: or(category), provider: or(provider) }
  return rule
}

/** A member named twice, of which JSON.parse keeps the last, would say less than was written. */
export function readObject(text: string): { readonly row: unknown } | Code {
  const bytes = Buffer.from(text, 'utf8')
  const screened = screen(bytes, 0, bytes.length, DEEPEST)
  if (screened.tooDeep) return 'too-deep'
  try {
    const row: unknown = JSON.parse(text)
    return countKeys(row) === screened.keys ? { row } : 'duplicate-key'
  } catch {
    return 'not-json'
  }
}

function objectOn(text: string, line: number, words: ListWords): OptOutLine | BadLine {
  const found = readObject(text)
  if (typeof found === 'string') return { line, code: found }
  const { row } = found
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return { line, code: 'not-json' }
  const members = row as Members // an object, as checked
  if (members['resourceType'] !== undefined)
    return members['resourceType'] === 'Consent' ? { kind: 'consent', line, consent: row as Resource, text } : { line, code: 'not-fhir' }
  const { patient } = members
  const rule = Object.keys(members).every((name) => MEMBERS.has(name)) ? ruleOf(members, words) : null
  return typeof patient !== 'string' || rule === null ? { line, code: 'bad-request' } : { kind: 'said', line, patient, rule }
}

/** Each line that is not blank, counted from 1. */
export function readLines(text: string, words: ListWords): (OptOutLine | BadLine)[] {
  return text.split('\n').flatMap((raw, n): (OptOutLine | BadLine)[] => {
    const line = n + 1
    const trimmed = raw.trim()
    if (trimmed === '') return []
    if (trimmed.length > LONGEST) return [{ line, code: 'line-too-long' }]
    return [trimmed.startsWith('{') ? objectOn(trimmed, line, words) : { kind: 'said', line, patient: trimmed, rule: EVERYTHING }]
  })
}
