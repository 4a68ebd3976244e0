/** Which form an attachment's media type (RFC 9110 §8.3.1) stands for, and its charset. What is not in the tables is refused. */
import type { Refusal } from './refusal.ts'

export type Form = 'plain' | 'html' | 'xhtml' | 'rtf' | 'cda'

interface MediaType {
  readonly form: Form
  /** type and subtype in lower case */
  readonly name: string
  readonly charset: string | null
}

const FORMS: ReadonlyMap<string, Form> = new Map<string, Form>([
  ['text/plain', 'plain'],
  ['text/markdown', 'plain'],
  ['text/html', 'html'],
  ['application/xhtml+xml', 'xhtml'],
  ['text/rtf', 'rtf'],
  ['application/rtf', 'rtf'],
  ['text/xml', 'cda'],
  ['application/xml', 'cda'],
  ['application/cda+xml', 'cda'],
  ['application/hl7-cda+xml', 'cda'],
  ['application/hl7-sda+xml', 'cda']
])

const LONGEST = 200
const CHARSET = /;\s?charset="?([\w.:-]{1,30})"?(?=\s?(?:;|$))/

export function mediaTypeOf(text: unknown): MediaType | Refusal {
  if (typeof text !== 'string' || text.trim() === '') return 'no-type'
  if (text.length > LONGEST) return 'unknown-type'
  const whole = text.trim().toLowerCase().replace(/\s+/g, ' ').replaceAll(' ;', ';')
  const name = whole.split(';', 1)[0] ?? ''
  const form = FORMS.get(name)
  if (form !== undefined) return charsetKnown(whole) ? { form, name, charset: CHARSET.exec(whole)?.[1] ?? null } : 'charset'
  if (name === 'application/pdf') return 'pdf'
  return /^(?:image|audio|video)\//.test(name) || name === 'application/dicom' ? 'image' : 'unknown-type'
}

/** A charset that is named, but not in a way that is understood, is not guessed at. */
function charsetKnown(whole: string): boolean {
  return !whole.includes('charset') || CHARSET.test(whole)
}
