/**
 * One name for a code system, however its URI is spelt. Decides that scheme, `www.`, case, `|version`, an edition or version in the path, a trailing slash and the OID
 * say nothing: all of them name the same codes. Refuses nothing: a system that is not listed has its own spelling, cut the same way, as its name.
 */

/** HL7 v3, by name and OID: each is named by the URI of its value set, and by that of FHIR R3, too. */
const HL7_V3: readonly (readonly [name: string, oid: string])[] = [
  ['v3-ActCode', '5.4'],
  ['v3-Confidentiality', '5.25'],
  ['v3-ObservationValue', '5.1063'],
  ['v3-ActReason', '5.8'],
  ['v3-ActUSPrivacyLaw', '5.1138']
]

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
  // some codes of race are written as codes of LOINC are, check digit and all: 2106-3 is White, and a test of pregnancy
  [
    'cdc-race',
    ['terminology.hl7.org/codesystem/cdcrec', 'terminology.hl7.org/codesystem/v3-race', 'hl7.org/fhir/v3/race'],
    ['6.238', '5.104']
  ],
  ['cvx', ['hl7.org/fhir/sid/cvx'], ['12.292']],
  ['ucum', ['unitsofmeasure.org'], ['6.8']],
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
  ...HL7_V3.map(
    ([name, oid]) =>
      [
        name,
        ['terminology.hl7.org/codesystem/', 'terminology.hl7.org/valueset/']
          .map((base) => base + name.toLowerCase())
          .concat(`hl7.org/fhir/v3/${name.slice(3).toLowerCase()}`),
        [oid]
      ] as const
  )
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

/** Most, of a reader: a feed has some dozens, and a hostile one as many as it likes. */
const MOST_SYSTEMS = 256

/** systemOf for a reader of many records, which remembers the first few hundred systems it is asked about. */
export function systemReader(): typeof systemOf {
  const seen = new Map<string, string>()
  return (uri) => {
    const known = seen.get(uri)
    if (known !== undefined) return known
    const name = systemOf(uri)
    if (seen.size < MOST_SYSTEMS && uri.length <= LONGEST) seen.set(uri, name)
    return name
  }
}
