/**
 * From base64 to text and back. Decides the character set: a byte order mark, else what the type or the document says, else UTF-8. Refuses bytes that
 * are not of it and control characters, for what cannot be read right cannot be searched; what leaves is UTF-8.
 */
import { hash } from 'node:crypto'
import type { Refusal } from './refusal.ts'

const MOST_BYTES = 10 * 1024 * 1024
/** Of text to be scrubbed, in UTF-8: what is found in it is all in memory at once, and one Arabic letter may fold into eighteen. */
const MOST_TEXT = 1024 * 1024
/** Whitespace among base64 (R4 base64Binary) is no reason to read on without end. */
const MOST_CHARACTERS = MOST_BYTES * 2

const DECODED: ReadonlySet<string> = new Set(
  `utf-8 utf8 us-ascii ascii iso-8859-1 latin1 iso-8859-15 utf-16 utf-16le utf-16be ${'0 1 2 3 4 5 6 7 8'.replace(/\d/g, 'windows-125$&')}`.split(
    ' '
  )
)
/** Characters no text has: the form feed ends a page. */
const CONTROLS = /[^\P{Cc}\t\n\r\f\u0085]|[\ufffe\uffff]/u
const UTF8: ReadonlySet<string> = new Set(['utf-8', 'utf8'])

export function decodedBytes(data: unknown): Buffer | Refusal {
  if (typeof data !== 'string') return 'not-base64'
  if (data.length > MOST_CHARACTERS) return 'too-large'
  const bare = data.replace(/\s+/g, '')
  if (bare.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(bare)) return 'not-base64'
  const bytes = Buffer.from(bare, 'base64')
  return bytes.length > MOST_BYTES ? 'too-large' : bytes
}

export function isTooLong(text: string): boolean {
  return text.length > MOST_TEXT || Buffer.byteLength(text) > MOST_TEXT
}

/** `charset`: as the type or the document says, or null. */
export function decodedText(bytes: Buffer, charset: string | null): { readonly text: string } | Refusal {
  const label = markOf(bytes) ?? charset ?? 'utf-8'
  if (!DECODED.has(label)) return 'charset'
  // a one-byte charset takes any bytes: those that are UTF-8 were written as UTF-8
  const text = (UTF8.has(label) || label.startsWith('utf-16') ? null : decodedAs(bytes, 'utf-8')) ?? decodedAs(bytes, label)
  if (text === null) return 'charset'
  return CONTROLS.test(text) ? 'not-text' : { text }
}

/** What a byte order mark says (WHATWG Encoding, BOM sniff). */
function markOf(bytes: Buffer): string | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 'utf-8' : null
}

function decodedAs(bytes: Buffer, label: string): string | null {
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}

/** What a document says of itself at its beginning: `<?xml … encoding=` or `<meta charset=`. */
export function charsetWithin(bytes: Buffer): string | null {
  const head = bytes.toString('latin1', 0, 1024)
  const found =
    /<\?xml[^>]{0,100}\sencoding=["']([\w.:-]{1,30})["']/.exec(head) ?? /<meta[^>]{0,200}charset=["']?([\w.:-]{1,30})/i.exec(head)
  return found?.[1]?.toLowerCase() ?? null
}

/** Attachment.data, size and hash (R4: SHA-1 of the bytes, base64). */
export interface Encoded {
  readonly data: string
  readonly size: number
  readonly hash: string
}

export function encoded(text: string): Encoded {
  const bytes = Buffer.from(text, 'utf8')
  return { data: bytes.toString('base64'), size: bytes.length, hash: hash('sha1', bytes, 'base64') }
}
