/**
 * What a file may be called in answers and logs. A name is the sender's word and may hold PHI, so it is printed only when it is
 * of a known form: a resource type with an optional number, or 'bundle'. Everything else is 'file'.
 */
import { isResourceType } from '../core/fhir/types.ts'

const FORM = /^([A-Za-z]+)((?:[._-]\d{1,6})?)(\.(?:ndjson|json|jsonl))?(\.gz)?$/

/** `Patient.000.ndjson.gz` as it is; `smith_john.ndjson` as `file`. */
export function labelOf(name: string): string {
  const match = FORM.exec(name)
  const [, stem = '', number = '', ending = '', gz = ''] = match ?? []
  const known = isResourceType(stem) || /^(?:bundles?|feed|data)$/.test(stem)
  return match !== null && known ? `${stem}${number}${ending}${gz}` : 'file'
}
