/** Invented notes and documents of every form, as a hospital sends them under an expert's certificate, and what an insurer finds of them in its dataset. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Resource } from '../../gateway/core/fhir/resource.ts'
import { EXPERT } from './expert.ts'
import type { Process, Site } from './gateway.ts'
import { receiver } from './receive.ts'

export const PATIENTS = 6
export const FAMILIES = ['Examplar', 'Samplewick', 'Testerholm', 'Mockwell', 'Invendale', 'Fictorino']

/** What happened to patient `n`, in words. */
export const told = (n: number): string =>
  `Johnathan ${FAMILIES[n]} (MRN 5551234${n}) was seen on 3/1${n}/2021 and on March 2${n}, 2021 by Dr. Wexmoor Quillfeather with pneumonia; metformin 500 mg twice daily. Call 617-555-014${n}.`

export const base64 = (text: string): string => Buffer.from(text).toString('base64')

export const DOCUMENTS: readonly (readonly [form: string, contentType: string, content: (text: string, n: number) => string])[] = [
  ['plain', 'text/plain', (text) => text],
  [
    'xhtml',
    'application/xhtml+xml',
    (text, n) =>
      `<html xmlns="http://www.w3.org/1999/xhtml"><body><p title="${FAMILIES[n]}">${text.replace('Johnathan', '<b>Johna</b>than')}</p><script>var x = '${FAMILIES[n]}'</script></body></html>`
  ],
  ['rtf', 'text/rtf', (text, n) => `{\\rtf1\\ansi{\\info{\\author ${FAMILIES[n]}}}${text.replace('Johnathan', "Joh\\'6eathan")}\\par}`],
  [
    'cda',
    'application/cda+xml',
    (text, n) =>
      `<ClinicalDocument xmlns="urn:hl7-org:v3"><recordTarget><patientRole><patient><name><family>${FAMILIES[n]}</family></name></patient></patientRole></recordTarget><component><structuredBody><component><section><title>Course</title><text>${text}</text></section></component></structuredBody></component></ClinicalDocument>`
  ],
  ['pdf', 'application/pdf', (text) => `%PDF-1.4 ${text}`]
]

/** Patients alike in every trait, so that the risk gate leaves what notes tell as it is. */
function records(n: number): Resource[] {
  const subject = { reference: `Patient/p${n}` }
  const code = { coding: [{ system: 'http://snomed.info/sct', code: '233604007' }] }
  const type = { coding: [{ system: 'http://loinc.org', code: '11506-3' }] }
  return [
    {
      resourceType: 'Patient',
      id: `p${n}`,
      gender: 'female',
      birthDate: '1960-12-31',
      name: [{ family: FAMILIES[n], given: ['Johnathan'] }],
      identifier: [{ value: `5551234${n}` }]
    },
    {
      resourceType: 'Condition',
      id: `c${n}`,
      clinicalStatus: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }] },
      code,
      subject,
      recordedDate: `2021-03-1${n}`,
      asserter: { display: 'Dr. Wexmoor Quillfeather' },
      note: [{ text: told(n), authorString: 'Wexmoor Quillfeather', time: `2021-03-1${n}T10:00:00Z` }]
    },
    { resourceType: 'DiagnosticReport', id: `r${n}`, status: 'final', code: type, subject, conclusion: told(n) },
    ...DOCUMENTS.map(([form, contentType, content]) => ({
      resourceType: 'DocumentReference',
      id: `${form}${n}`,
      status: 'current',
      type,
      subject,
      content: [
        { attachment: { contentType, data: base64(content(told(n), n)), title: FAMILIES[n], url: `https://example.org/${FAMILIES[n]}` } }
      ]
    }))
  ] as unknown as Resource[] // valid R4, written out
}

export const PER_PATIENT = 3 + DOCUMENTS.length
export const SENT = Array.from({ length: PATIENTS }, (_, n) => records(n)).flat()
export const LINES = SENT.map((record) => `${JSON.stringify(record)}\n`).join('')
/** What may stand nowhere in what leaves, whoever's text it is in. */
export const IDENTIFYING = /examplar|samplewick|testerholm|mockwell|invendale|fictorino|johnathan|quillfeather|5551234|617-555-014/i

export type Entity = { readonly [name: string]: unknown }

export interface Opened {
  readonly records: readonly Entity[]
  /** of the documents whose content leaves */
  readonly documents: readonly { readonly contentType: string; readonly text: string; readonly attachment: Entity }[]
  /** every note, conclusion and document */
  readonly texts: readonly string[]
}

export async function opened(gateway: Process, site: Site): Promise<Opened> {
  const insurer = receiver(gateway, site, 'demo-analytics', EXPERT)
  const before = new Set(safe(() => insurer.opened()))
  const ran = await insurer.run('--json')
  expect(ran.code, ran.err).to.equal(0)
  const [dataset = ''] = insurer.opened().filter((name) => !before.has(name))
  const all = ['Patient', 'Condition', 'DiagnosticReport', 'DocumentReference'].flatMap((type) =>
    readFileSync(join(insurer.out, dataset, `${type}.ndjson`), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Entity)
  )
  const documents = all.flatMap((record) =>
    listOf(record['content']).flatMap((content) => {
      const attachment = content['attachment'] as Entity
      const { contentType, data } = attachment
      if (typeof data !== 'string') return []
      return [{ contentType: String(contentType), text: Buffer.from(data, 'base64').toString('utf8'), attachment }]
    })
  )
  const notes = all.flatMap((record) => [...listOf(record['note']).map((note) => note['text']), record['conclusion']])
  const texts = [...notes.filter((text) => typeof text === 'string'), ...documents.map(({ text }) => text)]
  return { records: all, documents, texts }
}

function safe(list: () => string[]): string[] {
  try {
    return list()
  } catch {
    return []
  }
}

export function listOf(value: unknown): readonly Entity[] {
  return Array.isArray(value) ? (value as Entity[]) : [] // JSON of records that were validated
}
