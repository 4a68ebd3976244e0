/** Gathers from FHIR resources what a text about their subject may tell: names and their parts, addresses, numbers, dates. */
import type { Known } from './known.ts'

/** `resources`: all that is known of one subject: Patient, RelatedPerson, Practitioner, Organization, Encounter … */
export function knownOf(_resources: readonly unknown[]): Known {
  return { find: () => undefined }
}
