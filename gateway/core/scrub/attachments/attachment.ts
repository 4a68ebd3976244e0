/**
 * Scrubs what an Attachment or a Binary holds: decodes it, finds its form, searches it as the one text a reader sees, and encodes it again, with size and
 * hash made anew. Refuses whatever it does not wholly understand, with a reason; never throws. RTF comes back as plain text: its form could tell more.
 */
import type { ScrubText } from '../outside.ts'
import { charsetWithin, decodedBytes, decodedText, type Encoded, encoded, isTooLong } from './bytes.ts'
import { scrubCda } from './cda.ts'
import { type Form, mediaTypeOf } from './media-type.ts'
import { isRefusal, type Refusal } from './refusal.ts'
import { rtfText } from './rtf.ts'
import { type ScrubbedDocument, scrubHtml } from './xhtml.ts'

export interface ScrubbedAttachment extends Encoded {
  /** of what leaves; its charset is UTF-8 */
  readonly contentType: string
  readonly found: number
}

interface Row {
  scrub(this: void, text: string, scrubText: ScrubText): ScrubbedDocument | Refusal
  /** the media type that leaves, where it is another than came */
  readonly leavesAs?: string
  readonly looks?: RegExp
}

const plain = (text: string, scrubText: ScrubText): ScrubbedDocument | Refusal => {
  if (isTooLong(text)) return 'too-large'
  const made = scrubText(text)
  return made === null ? 'unanswered' : { text: made.text, found: made.findings.length }
}

const FORMS: Readonly<Record<Form, Row>> = {
  plain: { scrub: plain },
  html: { scrub: scrubHtml },
  xhtml: { scrub: scrubHtml },
  cda: { scrub: scrubCda, looks: /^\s*</ },
  rtf: { scrub: scrubRtf, leavesAs: 'text/plain', looks: /^\s*\{\\rtf/ }
}

/** Beginnings of documents that are no plain text, whatever their type says. */
const OTHER_FORMS = /^\s*(?:\{\\rtf|<\?xml|<!doctype|<html|<(?:[\w]+:)?clinicaldocument|%PDF-)/i

/** `contentType` and `data` as the resource has them. */
export function scrubAttachment(contentType: unknown, data: unknown, scrubText: ScrubText): ScrubbedAttachment | Refusal {
  const type = mediaTypeOf(contentType)
  if (isRefusal(type)) return type
  if (data === undefined) return 'no-data'
  const bytes = decodedBytes(data)
  if (isRefusal(bytes)) return bytes
  const row = FORMS[type.form]
  const decoded = readAs(type.form, type.charset, bytes)
  if (isRefusal(decoded)) return decoded
  if (row.looks?.test(decoded.text) === false || (type.form === 'plain' && OTHER_FORMS.test(decoded.text))) return 'mismatch'
  const made = row.scrub(decoded.text, scrubText)
  if (isRefusal(made)) return made
  return { contentType: `${row.leavesAs ?? type.name}; charset=utf-8`, found: made.found, ...encoded(made.text) }
}

/** RTF names the code pages of its bytes itself. */
function readAs(form: Form, charset: string | null, bytes: Buffer): { readonly text: string } | Refusal {
  if (form === 'rtf') return { text: bytes.toString('latin1') }
  return decodedText(bytes, charset ?? (form === 'plain' ? null : charsetWithin(bytes)))
}

function scrubRtf(bytes: string, scrubText: ScrubText): ScrubbedDocument | Refusal {
  const read = rtfText(bytes)
  if (isRefusal(read)) return read
  return plain(read.text, scrubText)
}
