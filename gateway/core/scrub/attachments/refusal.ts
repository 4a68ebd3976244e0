/** Why an attachment is not scrubbed, and so does not leave. Constants of the code: nothing of the attachment is told. */

const REFUSALS = {
  'no-type': 'no media type is given',
  'unknown-type': 'no text of a kind that is read',
  image: 'an image, sound or film: what it shows cannot be searched',
  pdf: 'a PDF: what it shows is not what its text says',
  'no-data': 'it stands at an address, which is not read',
  'not-base64': 'the data are not base64',
  'too-large': 'more than 10 MiB, or more than 1 MiB of text',
  charset: 'a character set that is not read, or bytes that are not of it',
  'not-text': 'control characters: no text',
  mismatch: 'the data are not of the type they are said to be',
  entities: 'declares entities of its own',
  'too-complex': 'elements or groups too deep, or too many',
  unanswered: 'the recogniser of others gave no answer',
  embedded: 'a document within a document'
} as const satisfies Record<string, string>

export type Refusal = keyof typeof REFUSALS

export function refusalSays(reason: Refusal): string {
  return REFUSALS[reason]
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'string' && Object.hasOwn(REFUSALS, value)
}
