/**
 * An accounting as FHIR R4: a collection of AuditEvents, one a disclosure, none summarised. Decides their form, after IHE BALP's Privacy Disclosure at Source
 * (DICOM 110106 Export; source, recipient and patient), with the class, the rule and the proof as details.
 */
import type { Json } from '../digest.ts'
import type { Accounting, Line } from './accounting.ts'
import { purposeWords } from './grounds.ts'

const DICOM = 'http://dicom.nema.org/resources/ontology/DCM'
const TERMINOLOGY = 'http://terminology.hl7.org/CodeSystem'

type Element = { [name: string]: Json }

const coded = (system: string, code: string, display: string): Element => ({ system, code, display })
const detail = (type: string, value: string): Element => ({ type, valueString: value })

/** A Bundle of type collection. Ids of datasets are the names of its entries. */
export function bundleOf(accounting: Accounting): Element {
  const entries = (group: Accounting['required'], label: string): Json[] =>
    group
      .flatMap(({ first, others }) => [first, ...others])
      .map((line) => ({
        fullUrl: `urn:uuid:${line.dataset}`,
        resource: auditEvent(accounting, line, label)
      }))
  const all = [...entries(accounting.required, 'required by 45 CFR 164.528'), ...entries(accounting.voluntary, 'voluntary')]
  // FHIR JSON has no empty arrays
  return { resourceType: 'Bundle', type: 'collection', timestamp: accounting.at, ...(all.length === 0 ? {} : { entry: all }) }
}

function auditEvent({ source }: Accounting, line: Line, label: string): Element {
  const { recipient } = line
  return {
    resourceType: 'AuditEvent',
    type: coded(DICOM, '110106', 'Export'),
    subtype: [coded(`${TERMINOLOGY}/iso-21089-lifecycle`, 'disclose', 'Disclose Record Lifecycle Event')],
    action: 'R',
    recorded: line.at,
    outcome: '0',
    purposeOfEvent: [
      {
        coding: [coded(`${TERMINOLOGY}/v3-ActReason`, line.purposeOfUse, purposeWords(line.purposeOfUse))],
        text: purposeWords(line.purposeOfUse)
      }
    ],
    agent: [
      {
        type: { coding: [coded(DICOM, '110153', 'Source Role ID')] },
        who: { identifier: { value: source.id }, display: source.name },
        requestor: false
      },
      {
        type: { coding: [coded(DICOM, '110152', 'Destination Role ID')] },
        who: { identifier: { value: recipient.id }, display: `${recipient.name}, ${recipient.address}` },
        requestor: true
      }
    ],
    source: { site: source.name, observer: { identifier: { value: source.id }, display: source.name } },
    entity: [patientEntity(line), datasetEntity(line, label)]
  }
}

function patientEntity({ subject }: Line): Element {
  const [id = ''] = subject.patient.ids
  const reference = subject.patient.base === '' ? `Patient/${id}` : `${subject.patient.base}/Patient/${id}`
  return {
    what: { reference },
    type: coded(`${TERMINOLOGY}/audit-entity-type`, '1', 'Person'),
    role: coded(`${TERMINOLOGY}/object-role`, '1', 'Patient')
  }
}

function datasetEntity(line: Line, label: string): Element {
  const { dataset, subject, ground, basis, proof, fetched } = line
  return {
    what: { identifier: { system: 'urn:ietf:rfc:3986', value: `urn:uuid:${dataset}` } },
    type: coded(`${TERMINOLOGY}/audit-entity-type`, '2', 'System Object'),
    role: coded(`${TERMINOLOGY}/object-role`, '3', 'Report'),
    description: basis,
    detail: [
      detail('listed', label),
      detail('class', ground.class),
      detail('rule', ground.cite),
      ...Object.entries(subject.records).map(([type, n]) => detail(`records ${type}`, String(n))),
      ...(fetched === null ? [] : [detail('fetched', fetched)]),
      { type: 'proof', valueBase64Binary: Buffer.from(JSON.stringify(proof)).toString('base64') }
    ]
  }
}
