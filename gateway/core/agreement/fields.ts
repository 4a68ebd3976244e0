/**
 * Field by field, what becomes of a record under an agreement and its profile: left as it is, changed, or kept back, and by which rule. Decides by comparing what came
 * with what the engine made of it; the rule is looked up in the plan that the engine was compiled from. Values are compared and never told.
 */
import type { ObjectPlan } from '../deidentify/compile/plan.ts'
import { planResource } from '../deidentify/compile/plan.ts'
import type { RecordProfile } from '../deidentify/profile/profile.ts'
import { canonicalJson, type Json } from '../digest.ts'
import type { Resource } from '../fhir/resource.ts'
import { elementAllowed } from '../minimum-necessary/elements.ts'
import { type HashedAgreement, profileKey } from './policies.ts'

export interface Field {
  /** without indices: `code.coding.system` */
  readonly path: string
  readonly becomes: 'as it is' | 'changed' | 'kept back'
  /** of the agreement or of the profile; null where nothing is done to it */
  readonly rule: string | null
}

/** The function tells of one record, and what it became. `agreement`: in the phase of the moment. */
export function fieldReader(agreement: HashedAgreement['agreement'], profile: RecordProfile): (came: Resource, left: Resource) => Field[] {
  const reach = elementAllowed(agreement.resources)
  return (came, left) => {
    const type = came.resourceType
    const plan = planResource(profile, type, (path) => reach(type, path))
    const after = valuesAt(left)
    return [...valuesAt(came)].map(([path, values]): Field => {
      const now = after.get(path)
      if (now !== undefined && now.join() === values.join()) return { path, becomes: 'as it is', rule: null }
      const plain = path.replace(/(^|\.)_/g, '$1')
      const denied = now === undefined && plain !== 'id' && reach(type, plain) === 'none'
      const rule = denied
        ? `${agreement.id}@${agreement.version}/resources/${type}`
        : `${profileKey(agreement.profile)}/${ruleAt(plan, plain)}`
      return { path, becomes: now === undefined ? 'kept back' : 'changed', rule }
    })
  }
}

/** Every value that is no list or object, by where it stands. */
function valuesAt({ resourceType: _, ...record }: Resource): Map<string, string[]> {
  const found = new Map<string, string[]>()
  collect(record, '', found)
  return found
}

function collect(value: Json | undefined, path: string, found: Map<string, string[]>): void {
  if (value === undefined) return
  if (Array.isArray(value)) for (const item of value) collect(item, path, found)
  else if (value === null || typeof value !== 'object') found.set(path, [...(found.get(path) ?? []), canonicalJson(value)])
  else for (const name of Object.keys(value)) collect(value[name], path === '' ? name : `${path}.${name}`, found)
}

/** `year: Condition.onsetDateTime`, the deepest rule on the way. */
function ruleAt(plan: ObjectPlan | null, path: string): string {
  if (path === 'id') return 'surrogate'
  if (path === 'extension' || path.includes('extension.')) return 'extensions'
  let at = plan
  let said = 'no-rule'
  for (const name of path.split('.')) {
    const field = at?.fields.find((one) => one.name === name)
    if (field === undefined) return at === null ? said : 'no-rule'
    said = `${field.rule.verb}: ${field.ruleAt}`
    at = field.child
  }
  return said
}
