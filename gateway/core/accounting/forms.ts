/** The forms an accounting is handed out in. Decides their bytes, the same at the desk and over HTTP; of JSON there is one spelling, for `sallyport verify` proves it. */
import type { Accounting } from './accounting.ts'
import { documentOf, textOf } from './document.ts'
import { bundleOf } from './fhir.ts'
import { pdfOf } from './pdf.ts'

interface AccountingForm {
  readonly mediaType: string
  readonly render: (accounting: Accounting) => Buffer
}

function jsonOf(accounting: Accounting): Buffer {
  return Buffer.from(`${JSON.stringify(accounting)}\n`)
}

export const FORMS = {
  text: { mediaType: 'text/plain; charset=utf-8', render: (accounting) => Buffer.from(textOf(documentOf(accounting))) },
  json: { mediaType: 'application/json', render: jsonOf },
  fhir: { mediaType: 'application/fhir+json', render: (accounting) => Buffer.from(`${JSON.stringify(bundleOf(accounting), null, 2)}\n`) },
  pdf: {
    mediaType: 'application/pdf',
    render: (accounting) =>
      pdfOf(documentOf(accounting), {
        title: 'Accounting of disclosures',
        at: accounting.at,
        attachment: { name: 'accounting.json', bytes: jsonOf(accounting) }
      })
  }
} as const satisfies Readonly<Record<string, AccountingForm>>

export type FormName = keyof typeof FORMS
