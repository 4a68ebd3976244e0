/** Words that the FHIR views of an agreement have in common: who is who, which code is which, days as FHIR writes them. Decides nothing. */
import type { Party } from '../../../generated/policy.ts'
import type { Json } from '../../digest.ts'
import type { HashedAgreement, Policies } from '../policies.ts'
import { PURPOSES } from '../purposes.ts'

export type Around = Pick<Policies, 'parties' | 'profiles'>
export type Exported = Pick<HashedAgreement, 'agreement' | 'hash' | 'certificate' | 'state'>
export type Element = { [member: string]: Json }

const BASE = 'https://sallyport.example/fhir/StructureDefinition'
const V3 = 'http://terminology.hl7.org/CodeSystem/v3-'

/** An element of our own: who does not know it must not act on what it stands at where it is a modifierExtension. */
export function extensionOf(name: string, value: string): Element {
  return { url: `${BASE}/${name}`, valueString: value }
}

export function coding(system: string, code: string, display?: string): Element {
  return { system: system.includes(':') ? system : `${V3}${system}`, code, ...(display === undefined ? {} : { display }) }
}

export function typeCoding(type: string): Element {
  return coding('http://hl7.org/fhir/resource-types', type)
}

export function purposeCoding(purpose: string): Element {
  return coding('ActReason', purpose, PURPOSES.get(purpose))
}

export function partyReference(id: string, { parties }: Around): Element {
  const party: Party | undefined = parties.get(id)
  return { type: 'Organization', identifier: { value: id }, display: party?.name ?? id }
}

/** What names the very text: its id and version, and its hash. */
export function identifiers({ agreement: { id, version }, hash }: Exported): Element[] {
  return [{ value: `${id}|${version}` }, { type: { text: 'hash of the document (RFC 8785)' }, value: hash }]
}

/** `to`: the first day after. A FHIR Period ends with its last day (R4 2.24.0.8). */
export function periodOf(from: string | null, to: string | null): Element {
  return { ...(from === null ? {} : { start: from }), ...(to === null ? {} : { end: dayBefore(to) }) }
}

function dayBefore(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10)
}
