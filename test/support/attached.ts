/** An attachment scrubbed with the shipped dictionaries: what leaves as text, or the reason why nothing does. */
import { type ScrubbedAttachment, scrubAttachment } from '../../gateway/core/scrub/attachments/attachment.ts'
import type { Refusal } from '../../gateway/core/scrub/attachments/refusal.ts'
import type { Known } from '../../gateway/core/scrub/known/known.ts'
import { knownOf } from '../../gateway/core/scrub/known/known-of.ts'
import { scrub } from './scrubbed.ts'

/** Clearly of nobody. */
export const KNOWN: Known = knownOf([
  {
    resourceType: 'Patient',
    name: [{ family: 'Examplar', given: ['Johnathan'] }],
    birthDate: '1961-03-14',
    identifier: [{ value: '55512345' }]
  }
])

export function attached(contentType: string, content: string | Uint8Array, known: Known | null = KNOWN): ScrubbedAttachment | Refusal {
  return scrubAttachment(contentType, Buffer.from(content).toString('base64'), (text) => scrub(text, known))
}

export function attachedText(contentType: string, content: string | Uint8Array, known: Known | null = KNOWN): string {
  const made = attached(contentType, content, known)
  return typeof made === 'string' ? made : Buffer.from(made.data, 'base64').toString('utf8')
}
