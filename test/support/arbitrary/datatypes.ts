/**
 * Values of the data types in which meaning and identity meet (Coding, Quantity, Reference, Extension, Address …): real public codes beside the sender's own,
 * references of every kind, extensions that may stay beside those that never may. What is not here is made from the type table alone.
 */
import type { Json } from '../../../gateway/core/digest.ts'
import { anyDate, once, pick, type Source } from './primitives.ts'

type Members = { [key: string]: Json }

/** Public codes, as their systems write them. */
const CODINGS: readonly (readonly [string, string])[] = [
  ['http://snomed.info/sct', '38341003'],
  ['http://loinc.org', '4548-4'],
  ['http://loinc.org', '30525-0'],
  ['http://loinc.org', '21112-8'],
  ['http://loinc.org', '81956-5'],
  ['http://loinc.org', '8302-2'],
  ['http://terminology.hl7.org/CodeSystem/v3-ActCode', 'IMP'],
  ['http://terminology.hl7.org/CodeSystem/condition-clinical', 'active'],
  ['http://terminology.hl7.org/CodeSystem/v3-Confidentiality', 'R'],
  ['http://www.nlm.nih.gov/research/umls/rxnorm', '313782'],
  ['http://hl7.org/fhir/sid/icd-10-cm', 'E11.9'],
  ['http://hl7.org/fhir/sid/cvx', '140'],
  ['http://www.ama-assn.org/go/cpt', '99213'],
  ['https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets', 'G0438'],
  ['http://unitsofmeasure.org', 'mg']
]
const UNITS = ['mg', 'a', 'mo', 'wk', 'd', 'h', 'kg', '%', '1', 'mm[Hg]']
const STATES = ['MA', 'Massachusetts', 'wyoming', 'PR']
const ZIPS = ['02139', '02139-0123', '03601', '05901', '82101']
const COUNTRIES = ['US', 'USA']
const CURRENCIES = ['USD', 'EUR']
const RACE = 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-race'
const ABSENT = 'http://hl7.org/fhir/StructureDefinition/data-absent-reason'
/** Extensions that say who somebody is, by their own name. */
const NEVER: readonly (readonly [string, 'valueString' | 'valueDateTime'])[] = [
  ['http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName', 'valueString'],
  ['http://hl7.org/fhir/StructureDefinition/patient-birthPlace', 'valueString'],
  ['http://hl7.org/fhir/StructureDefinition/patient-birthTime', 'valueDateTime']
]
const BASES = ['http://zq.example/fhir', 'https://demo.example/r4']
/** Names of contained resources, which a record may point at whether it holds them or not. */
export const CONTAINED_IDS = ['c-one', 'c-two', 'nothing']

export const DATATYPES: ReadonlyMap<string, (source: Source, targets: readonly string[]) => Json> = new Map<
  string,
  (source: Source, targets: readonly string[]) => Json
>([
  ['Extension', extension],
  ['Reference', reference],
  ['Coding', coding],
  ['CodeableConcept', concept],
  ...['Quantity', 'Age', 'Count', 'Distance', 'Duration', 'MoneyQuantity', 'SimpleQuantity'].map(
    (type): [string, (source: Source) => Json] => [type, (source) => quantity(source, type)]
  ),
  ['Address', address],
  ['Period', period],
  ['Range', range],
  ['Money', money],
  ['Device.udiCarrier', udi]
])

export function extension(source: Source): Members {
  const { draw, planter } = source
  switch (draw(6)) {
    case 0:
      return { url: ABSENT, valueCode: pick(draw, ['unknown', 'masked', 'asked-unknown']) }
    case 1: {
      const [url, value] = pick(draw, NEVER)
      return { url, [value]: value === 'valueString' ? planter.text('Extension') : '1931-02-03T04:05:06Z' }
    }
    case 2:
      return { url: RACE, extension: [ombCategory(), { url: 'text', valueString: planter.mark('Extension') }] }
    case 3:
      return { url: `http://${planter.mark('Extension')}.example`, extension: [{ url: planter.mark('Extension'), valueInteger: 7 }] }
    case 4:
      return { url: ABSENT, valueCode: 'unknown', id: planter.id('Extension'), _valueCode: { id: planter.id('Extension') } }
    default:
      return {
        url: 'http://demo.example/ext',
        [pick(draw, ['valueString', 'valueMarkdown', 'valueCode'])]: planter.identifier('Extension')
      }
  }
}

function ombCategory(): Members {
  return { url: 'ombCategory', valueCoding: { system: 'urn:oid:2.16.840.1.113883.6.238', code: '2106-3', display: 'White' } }
}

function reference(source: Source, targets: readonly string[]): Members {
  const { draw, planter } = source
  const type = pick(draw, targets.filter((target) => target !== 'Resource').concat(targets.includes('Resource') ? ['Encounter'] : []))
  const id = (): string => planter.id('Reference')
  const made: readonly (() => string)[] = [
    () => 'Patient/p1',
    () => `${type}/${id()}`,
    () => `${type}/${id()}/_history/${id()}`,
    () => `${pick(draw, BASES)}/${type}/${id()}`,
    () => `#${pick(draw, CONTAINED_IDS)}`,
    () => `urn:uuid:${planter.remember('Reference', '1d5d9ca9-54d7-42f5-bfae-a7c19cd217f2')}`,
    () => `urn:oid:1.2.${id()}`,
    () => `${type}?identifier=http://demo.example|${id()}`,
    () => `Patient/${id()}`,
    () => '#',
    () => `${id()}/${id()}/${id()}`
  ]
  const about = once(draw, 8) ? { identifier: { system: `urn:${planter.mark('Reference')}`, value: planter.identifier('Reference') } } : {}
  return { reference: pick(draw, made)(), ...about, ...(draw(2) === 0 ? {} : { display: planter.text('Reference') }) }
}

function coding({ draw, planter }: Source): Members {
  const display = draw(2) === 0 ? {} : { display: planter.text('Coding'), version: planter.mark('Coding'), userSelected: true }
  switch (draw(10)) {
    case 9:
      return { system: `http://${planter.mark('Coding')}.example`, code: planter.identifier('Coding'), ...display }
    case 8:
      return { code: planter.identifier('Coding'), ...display }
    case 7:
      return { system: pick(draw, CODINGS)[0], code: planter.mark('Coding'), ...display }
    default: {
      const [system, code] = pick(draw, CODINGS)
      return { system, code, ...display }
    }
  }
}

function concept(source: Source): Members {
  const { draw, planter } = source
  const codings = Array.from({ length: draw(8) === 7 ? 0 : 1 + draw(2) }, () => coding(source))
  const text = codings.length === 0 || draw(3) === 2 ? { text: planter.text('CodeableConcept') } : {}
  return codings.length === 0 ? text : { coding: codings, ...text }
}

function quantity({ draw, planter }: Source, type: string): Members {
  const value = pick(draw, [5.5, 1.1, 72, 95, 1140, 89, 33_000, 0.5, 9_991_882_030])
  const comparator = once(draw, 6) ? { comparator: pick(draw, ['<', '<=', '>=', '>']) } : {}
  if (once(draw, 6)) return { value, unit: planter.identifier(type), ...comparator }
  const code = type === 'Age' ? pick(draw, UNITS.slice(1, 6)) : pick(draw, UNITS)
  return { value, ...comparator, unit: once(draw, 4) ? planter.mark(type) : code, system: 'http://unitsofmeasure.org', code }
}

/** R4 per-1: its end is not before its start, as far as either says. */
function period({ draw }: Source): Members {
  const ends = [anyDate(draw), anyDate(draw)].sort()
  const [start = '', end = ''] = ends
  return pick(draw, [{ start, end }, { start }, { end }])
}

/** R4 rng-2: its high end is not below its low one. */
function range(source: Source): Members {
  const low = quantity(source, 'SimpleQuantity')
  const { comparator: _, ...plain } = low
  return pick(source.draw, [{ low: plain, high: plain }, { low: plain }, { high: plain }])
}

function money({ draw, planter }: Source): Members {
  return {
    value: pick(draw, [12.5, 0, 1999.99, 6_175_550_123]),
    currency: once(draw, 5) ? planter.identifier('Money') : pick(draw, CURRENCIES)
  }
}

function address({ draw, planter }: Source): Members {
  const words = (place: string): string => planter.text(`Address.${place}`)
  const zip = pick(draw, ZIPS)
  planter.remember('Address.postalCode', zip)
  return {
    use: 'home',
    line: [words('line')],
    city: words('city'),
    district: words('district'),
    state: once(draw, 4) ? words('state') : pick(draw, STATES),
    postalCode: once(draw, 5) ? words('postalCode') : zip,
    country: once(draw, 4) ? words('country') : pick(draw, COUNTRIES),
    ...(draw(2) === 0 ? {} : { text: words('text'), period: { start: '2011-02-03' } })
  }
}

/** A device identifier names a model; lot, serial and dates of its production name one piece (21 CFR 801.40). */
function udi({ draw, planter }: Source): Members {
  const serial = planter.identifier('Device.udiCarrier.carrierHRF')
  return {
    deviceIdentifier: draw(3) === 2 ? planter.identifier('Device.udiCarrier') : '00844588003288',
    issuer: 'http://hl7.org/fhir/NamingSystem/gs1-di',
    carrierHRF: `(01)00844588003288(17)141120(10)${planter.mark('Device.udiCarrier.carrierHRF')}(21)${serial}`
  }
}
