/** FHIR records for journeys: small, valid, alike enough to pass the gate together. Every identifying value holds a mark, so that a leak is found by searching. */

/** Stands in every name, number and address of these records, and nowhere in what may leave. */
export const MARK = 'Zqxv'

type Line = Readonly<Record<string, unknown>>

/** A patient among many like them: k is met as soon as there are enough. `member` changes what the gate groups by. */
export function patient(id: string, member: { readonly birthDate?: string; readonly postalCode?: string } = {}): Line {
  return {
    resourceType: 'Patient',
    id,
    identifier: [{ system: 'urn:example:mrn', value: `${MARK}-mrn-${id}` }],
    name: [{ family: `${MARK}son${id}`, given: [`${MARK}ette`] }],
    telecom: [{ system: 'email', value: `${MARK}${id}@example.org` }],
    gender: 'female',
    birthDate: member.birthDate ?? '1960-02-03',
    address: [{ line: [`1 ${MARK} Street`], city: `${MARK}ville`, state: 'MA', postalCode: member.postalCode ?? '02139' }]
  }
}

export function condition(id: string, of: string): Line {
  return {
    resourceType: 'Condition',
    id,
    clinicalStatus: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }] },
    code: { coding: [{ system: 'http://snomed.info/sct', code: '44054006' }], text: `${MARK} has it` },
    subject: { reference: `Patient/${of}`, display: `${MARK}son` },
    onsetDateTime: '2021-05-06T07:08:09Z',
    recordedDate: '2021-05-07'
  }
}

/** `patients` patients of one class, each with `conditions` conditions. Ids begin with `prefix`. */
export function ward(prefix: string, patients: number, conditions = 1): Line[] {
  return Array.from({ length: patients }, (_, n) => n).flatMap((n) => {
    const id = `${prefix}${n}`
    return [patient(id), ...Array.from({ length: conditions }, (_, m) => condition(`${id}-c${m}`, id))]
  })
}

export function ndjson(lines: readonly (Line | string)[]): string {
  return lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('')
}

export function bundle(resources: readonly Line[], type = 'collection'): Line {
  const request = type === 'transaction' || type === 'batch'
  return {
    resourceType: 'Bundle',
    type,
    entry: resources.map((resource) => ({
      fullUrl: `https://fhir.demo-hospital.example/r4/${String(resource['resourceType'])}/${String(resource['id'])}`,
      resource,
      ...(request ? { request: { method: 'PUT', url: `${String(resource['resourceType'])}/${String(resource['id'])}` } } : {})
    }))
  }
}
