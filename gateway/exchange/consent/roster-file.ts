/**
 * A roster as a file: a FHIR Group, or one patient a line. Decides whom it names, of a Group as of one that comes with a submission (core/agreement/roster.ts): who
 * is a member on the day. Refuses a Group without any such member, one that could be read in two ways, and a line that names no patient.
 */
import { membersNamed } from '../../core/agreement/roster.ts'
import { readObject } from '../../core/consent/lines.ts'
import { RequestError } from '../../core/errors.ts'
import type { Identity, Resource } from '../../core/fhir/resource.ts'
import { type ListOwner, patientOf } from './opt-outs.ts'

const NOBODY = 'A Group is of people, actual and active, excludes nobody, and names members of today by reference: nobody is on this one.'

interface NamedOn {
  readonly patients: readonly Identity[]
  /** members that the Group has, or lines */
  readonly entries: number
}

/** `day`: YYYY-MM-DD. RequestError bad-request | duplicate-key | not-json | too-deep. */
export function namedOn(text: string, day: string, { id, fhirBases }: ListOwner): NamedOn {
  if (!text.trimStart().startsWith('{')) {
    const lines = text.split(/\r?\n/).flatMap((line) => (line.trim() === '' ? [] : [line.trim()]))
    return { patients: lines.map((line) => patientOf(id, line, fhirBases)), entries: lines.length }
  }
  const found = readObject(text)
  if (typeof found === 'string') throw new RequestError(found)
  const group = found.row as Resource // an object, of which each member is looked at
  const patients = membersNamed(group, day, fhirBases).map((named) => ({ party: id, base: named.base, type: 'Patient', id: named.id }))
  if (patients.length === 0) throw new RequestError('bad-request', NOBODY)
  return { patients, entries: (group['member'] as readonly unknown[]).length } // it has members, as was just seen
}
