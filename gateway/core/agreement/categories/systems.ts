/**
 * One name for a code system, however its URI is spelt. Decides that scheme, `www.`, case, `|version`, an edition or version in the path, a trailing slash and the OID
 * say nothing: all of them name the same codes. Refuses nothing: a system that is not listed has its own spelling, cut the same way, as its name.
 */

/** The name by which the tables go → the URIs and OIDs of it (terminology.hl7.org, external code systems; FHIR R4 §4.3.0, and what came before it). */
const SYSTEMS: readonly (readonly [name: string, uris: readonly string[], oids: readonly string[]])[] = [
  [
    'icd-10-cm',
    ['hl7.org/fhir/sid/icd-10-cm', 'hl7.org/fhir/sid/icd-10-us', 'hl7.org/fhir/sid/icd10-cm', 'icd10data.com/icd10cm'],
    ['6.90']
  ],
  ['icd-10', ['hl7.org/fhir/sid/icd-10'], ['6.3']],
  [
    'icd-10-pcs',
    ['cms.gov/medicare/coding/icd10', 'cms.gov/medicare/coding/icd10pcs', 'hl7.org/fhir/sid/icd-10-pcs', 'icd10data.com/icd10pcs'],
    ['6.4']
  ],
  [
    'icd-9-cm',
    ['hl7.org/fhir/sid/icd-9-cm', 'hl7.org/fhir/sid/icd-9-cm/diagnosis', 'hl7.org/fhir/sid/icd-9', 'terminology.hl7.org/codesystem/icd9cm'],
    ['6.2', '6.42', '6.103']
  ],
  ['snomed', ['snomed.info/sct'], ['6.96']],
  ['loinc', ['loinc.org'], ['6.1']],
  ['rxnorm', ['nlm.nih.gov/research/umls/rxnorm'], ['6.88']],
  ['ndc', ['hl7.org/fhir/sid/ndc'], ['6.69']],
  ['atc', ['whocc.no/atc'], ['6.73']],
  ['cpt', ['ama-assn.org/go/cpt'], ['6.12']],
  [
    'hcpcs',
    [
      'cms.gov/medicare/coding/hcpcsreleasecodesets',
      'bluebutton.cms.gov/resources/codesystem/hcpcs',
      'cms.gov/medicare/coding/medhcpcsgeninfo',
      'terminology.hl7.org/codesystem/hcpcs-all-codes',
      'terminology.hl7.org/codesystem/hcpcs'
    ],
    ['6.14', '6.285']
  ],
  ['v3-ActCode', ['terminology.hl7.org/codesystem/v3-actcode', 'hl7.org/fhir/v3/actcode'], ['5.4']],
  ['v3-Confidentiality', ['terminology.hl7.org/codesystem/v3-confidentiality', 'hl7.org/fhir/v3/confidentiality'], ['5.25']]
]

/** Of HL7, under which the code systems of this table stand. */
const HL7_OID = '2.16.840.1.113883.'

const NAMES: ReadonlyMap<string, string> = new Map(
  SYSTEMS.flatMap(([name, uris, oids]) => [...uris, ...oids.map((oid) => HL7_OID + oid)].map((uri) => [uri, name] as const))
)

/** In characters, more than any URI that is listed: whatever comes after says nothing, and is not worth the time. */
const LONGEST = 256

/** `uri`: what a Coding gives as its system. Two that are answered alike are of the same system. */
export function systemOf(uri: string): string {
  const plain = uri
    .trim()
    .slice(0, LONGEST)
    .toLowerCase()
    .replace(/^(?:https?:\/*(?:www\.)?|urn:oid:)/, '')
    .replace(/[|?#].*$/s, '')
    .replace(/\/version(?:\/.*)?$/s, '')
    .replace(/^snomed\.info\/x?sct.*$/s, 'snomed.info/sct')
    .replace(/\/+$/, '')
  return NAMES.get(plain) ?? plain
}
