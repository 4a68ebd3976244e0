/** The shape of a FHIR resource as JSON.parse gives it, and the identity by which the gateway knows it. Decides nothing. */
import type { Json } from '../digest.ts'

/** A FHIR R4 resource: only resourceType is certain before validation. */
export type Resource = { resourceType: string; id?: string; [element: string]: Json | undefined }

/**
 * Who a record is, wherever it came from: the sending party, the server base it names ('' for the party's own), its type
 * and its logical id. Two hospitals' Patient/123 differ by party.
 */
export interface Identity {
  readonly party: string
  readonly base: string
  readonly type: string
  readonly id: string
}

/** Whose record it is: a patient's, nobody's because the type is shared (Organization, Practitioner, Location …), or nobody's though it should be. */
export type Belonging = { readonly of: 'subject'; readonly subject: Identity } | { readonly of: 'shared' } | { readonly of: 'nobody' }
