/**
 * Who a record is and whom a reference names: R4 2.3.0.2 literal references made canonical. Relative references, and those below one of the
 * sending party's own bases, have base ''. What names no R4 type and id (urn:, #contained, other URLs) is null: nobody can be found by it.
 */
import { hash } from 'node:crypto'
import type { Identity, Resource } from './resource.ts'
import { isResourceType } from './types.ts'

/** Whom a reference names, before the party is known. */
export type Referred = Omit<Identity, 'party'>

/** The party that sent a record and the server bases it calls its own, with or without trailing slash. */
export interface Sender {
  readonly party: string
  readonly ownBases: readonly string[]
}

const ID = /^[A-Za-z0-9\-.]{1,64}$/

/**
 * Reads Reference.reference: `Type/id`, `https://base/Type/id`, either with `/_history/v`. A conditional reference
 * (`Practitioner?identifier=s|v`, transaction Bundles) keeps its whole text as the id. Anything else: null.
 */
export function parseReference(text: string, ownBases: readonly string[]): Referred | null {
  const query = text.indexOf('?')
  if (query >= 0) return conditional(text, query)
  const history = text.indexOf('/_history/')
  const path = history < 0 ? text : text.slice(0, history)
  const slash = path.lastIndexOf('/')
  if (slash < 1) return null
  const id = path.slice(slash + 1)
  const before = path.lastIndexOf('/', slash - 1)
  const type = path.slice(before + 1, slash)
  if (!isResourceType(type) || !ID.test(id)) return null
  if (before < 0) return { base: '', type, id }
  const base = path.slice(0, before)
  if (!base.startsWith('http://') && !base.startsWith('https://')) return null
  return { base: ownBases.some((own) => own === base || own === `${base}/`) ? '' : base, type, id }
}

function conditional(text: string, query: number): Referred | null {
  const type = text.slice(0, query)
  return isResourceType(type) ? { base: '', type, id: text } : null
}

/**
 * The identity of a record. In a Bundle `fullUrl` decides (R4 2.36.4): urn:uuid:X is X, an absolute URL is base and id; else the logical id.
 * A record with neither is known by the hash of its text, which no FHIR id can equal ('#'). `base`: the server that what wraps the record came from.
 */
export function identityOf(resource: Resource, text: string, fullUrl: string | null, sender: Sender, base = ''): Identity {
  const type = resource.resourceType
  const named = fullUrl === null ? null : nameOf(fullUrl, type, sender.ownBases)
  const id = resource.id ?? `#${hash('sha256', text, 'hex').slice(0, 32)}`
  return { party: sender.party, base: named?.base ?? base, type, id: named?.id ?? id }
}

/** What a fullUrl says about an entry of that type; null when it says nothing usable. */
export function nameOf(fullUrl: string, type: string, ownBases: readonly string[]): Referred | null {
  if (fullUrl.startsWith('urn:uuid:') || fullUrl.startsWith('urn:oid:')) {
    const id = fullUrl.slice(fullUrl.indexOf(':', 4) + 1)
    return ID.test(id) ? { base: '', type, id } : null
  }
  const named = parseReference(fullUrl, ownBases)
  return named?.type === type ? named : null
}

/** The reference that names it: `Type/id`, behind the base if that is another server's. */
export function referenceTo(referred: Referred): string {
  return referred.base === '' ? `${referred.type}/${referred.id}` : `${referred.base}/${referred.type}/${referred.id}`
}
