/**
 * Numbers as they were written. R4: the precision of a decimal has a meaning, 1.10 is not 1.1. Decides which texts hold a number that JavaScript would
 * write otherwise, and reads only those the slow way: there such a number is a JSON.rawJSON, which JSON.stringify writes as it came.
 */

/** A number that keeps its text; typeof 'object', frozen. */
export interface RawNumber {
  readonly rawJSON: string
}

/** Node 22 and later; TypeScript's es2024 does not name them yet. */
const json = JSON as unknown as {
  rawJSON(text: string): RawNumber
  isRawJSON(value: unknown): value is RawNumber
  parse(text: string, reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown): unknown
}

/**
 * A member that is a number with a zero at its end behind the point, an exponent, more than 15 digits or six zeros behind the point (where JavaScript
 * changes to exponents), or minus zero. Asked of every line: to begin at the quote of a name takes three quarters of the time of any place where a number can
 * begin. In lists R4 has decimals in MolecularSequence.quality.roc only: its lines are read the slow way.
 */
const UNUSUAL = /"\s*:\s*(-?\d+(?:\.\d*0\b|\.?\d*[eE]|\.0{6}|[\d.]{15})[\deE.+-]*|-0\b)|"roc"/
const UNUSUALS = new RegExp(UNUSUAL, 'g')
const EACH = /([[:,]\s*)(-?(?:\d+\.\d*0|\d[\d.]*[eE][+-]?\d+|[\d.]{16,}|0\.000000\d*|(?<=-)0))(?=[\s,}\]])/g
/** DEL: put before the text of such a number while it is read as a string. */
const MARK = '\x7f'
const DEL = 0x7f

/** As JSON.parse, but for numbers that would be written otherwise. SyntaxError as there. */
export function parseExact(text: string): unknown {
  if (!UNUSUAL.test(text) || !needsText(text)) return JSON.parse(text)
  return parseMarked(text) ?? parseRevived(text)
}

/** A trailing zero behind the point, an exponent, or six zeros behind the point, in a member. */
const SHORT = /"\s*:\s*-?\d+(?:\.\d*0\b|\.?\d*[eE]|\.0{6})/

/**
 * Does a line hold a number that must keep its text when those of more than six digits are rounded anyway (quantities.ts)? Long ones need not, and lines
 * with such doubles as 28.104000000000003 are read by JSON.parse.
 */
export function isExact(text: string): boolean {
  return SHORT.test(text)
}

export function isRawNumber(value: unknown): value is RawNumber {
  return json.isRawJSON(value)
}

/** 28.104000000000003 is long, but JavaScript writes it so. */
function needsText(text: string): boolean {
  for (const [, number] of text.matchAll(UNUSUALS)) if (number === undefined || String(Number(number)) !== number) return true
  return false
}

/**
 * Numbers made strings, read, and made numbers again: 3.6 × as fast as a reviver (207 MB/s, JSON.parse 330). null where that cannot be done: what looked like a number stood inside
 * a string (the quotes then end that string, and what follows is no JSON), or a text of the sender's could be taken for one of ours.
 */
function parseMarked(text: string): unknown {
  if (text.includes(MARK) || text.includes('\\u007')) return null
  const marked = text.replace(EACH, (all, before: string, number: string) =>
    String(Number(number)) === number ? all : `${before}"${MARK}${number}"`
  )
  try {
    return unmark(JSON.parse(marked))
  } catch {
    return null
  }
}

/** The value, its marked numbers made numbers in place. Lists go by index: by key, they take twice as long. */
function unmark(value: unknown): unknown {
  if (typeof value === 'string') return value.charCodeAt(0) === DEL ? json.rawJSON(value.slice(1)) : value
  if (Array.isArray(value)) unmarkList(value)
  else if (typeof value === 'object' && value !== null) unmarkMembers(value as { [key: string]: unknown }) // JSON.parse made it
  return value
}

function unmarkList(list: unknown[]): void {
  for (let index = 0; index < list.length; index++) {
    const made = unmark(list[index])
    if (made !== list[index]) list[index] = made
  }
}

function unmarkMembers(members: { [key: string]: unknown }): void {
  for (const key in members) {
    const made = unmark(members[key])
    if (made !== members[key]) members[key] = made
  }
}

function parseRevived(text: string): unknown {
  return json.parse(text, (_, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source ? json.rawJSON(source) : value
  )
}
