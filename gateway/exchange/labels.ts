/**
 * What a file may be called in answers and logs. A name is the sender's word and may hold PHI, so it is printed only when it is
 * of a known form: a resource type, or 'bundle', with the number of a part. Everything else is 'file', and every longer number `*`: it may be a patient's.
 */
import { isResourceType } from '../core/fhir/types.ts'

const FORM = /^([A-Za-z]+)(?:([._-])(\d{1,6}))?(\.(?:ndjson|json|jsonl))?(\.gz)?$/

/** Parts are counted 0 to 99, or 000 to 099. */
const PART = /^(?:\d{1,2}|0\d\d)$/

/** `Patient.000.ndjson.gz` as it is; `Patient-483920.json` as `Patient-*.json`; `smith_john.ndjson` as `file`. */
export function labelOf(name: string): string {
  const match = FORM.exec(name)
  const [, stem = '', before = '', number = '', ending = '', gz = ''] = match ?? []
  const known = isResourceType(stem) || /^(?:bundles?|feed|data)$/.test(stem)
  return match !== null && known ? `${stem}${before}${number === '' || PART.test(number) ? number : '*'}${ending}${gz}` : 'file'
}
