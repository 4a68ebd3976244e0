/** What stands where something was taken out: FHIR's data-absent-reason. Shared, frozen values: nobody may change what many records hold. */
import type { Json } from '../../digest.ts'

export const ABSENT_URL = 'http://hl7.org/fhir/StructureDefinition/data-absent-reason'
export const AGE_90_URL = 'urn:sallyport:age-90-or-over'

/** An element (or the `_name` sibling of a primitive) whose value was masked: keeps a required element there, R4 extension data-absent-reason. */
export const MASKED: Json = deepFreeze({
  extension: [{ url: ABSENT_URL, valueCode: 'masked' }]
})

/** `_birthDate` of a subject whose year of birth shows an age over 89: 45 CFR 164.514(b)(2)(i)(C). */
export const MASKED_90: Json = deepFreeze({
  extension: [
    { url: ABSENT_URL, valueCode: 'masked' },
    { url: AGE_90_URL, valueBoolean: true }
  ]
})

/** An age of 90 or more: one category. */
export const AGE_90: Json = deepFreeze({
  value: 90,
  comparator: '>=',
  unit: 'a',
  system: 'http://unitsofmeasure.org',
  code: 'a'
})

/** All but lists: a frozen one puts V8's JSON.stringify on its slow path, for the whole record (a quarter more of its time in Node 24, twice as much in 26). */
export function deepFreeze(value: Json): Json {
  if (value !== null && typeof value === 'object') {
    for (const member of Object.values(value)) if (member !== undefined) deepFreeze(member)
    if (!Array.isArray(value)) Object.freeze(value)
  }
  return value
}
