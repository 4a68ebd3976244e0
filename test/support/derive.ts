/** Derived fields of one subject whose records are all at hand, by place in the list. */
import { createDeriver, type Derivation, type Derived, type DerivedField } from '../../gateway/core/derive/derive.ts'
import type { Resource } from '../../gateway/core/fhir/resource.ts'

interface DeriveInput extends Derived {
  readonly records: readonly Resource[]
}

export function deriveSubject(fields: readonly DerivedField[], { records, ...subject }: DeriveInput): Map<number, Derivation> {
  const deriver = createDeriver(fields, subject)
  const seen = records.map((record, index) => deriver.see(record, index))
  const all = new Map(deriver.all())
  for (const [index, more] of seen.entries()) if (more !== null && more !== 'later') all.set(index, more)
  return all
}
