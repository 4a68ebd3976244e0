/** What stands for a required element of which nothing was kept: the element with data-absent-reason masked, and, for groups, the same for what FHIR requires in them. */
import type { Json } from '../../digest.ts'
import { TYPES } from '../../fhir/types.ts'
import { deepFreeze, MASKED } from '../values/absent.ts'

/** `type` as in the type table; for a primitive the value is that of its `_name` sibling. Frozen. */
export function missingValue(type: string): Json {
  const definition = TYPES.get(type)
  if (definition === undefined || definition.kind === 'primitive') return MASKED
  const value: { [key: string]: Json } = {
    extension: [
      {
        url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason',
        valueCode: 'masked'
      }
    ]
  }
  const choices = new Set<string>()
  for (const element of definition.elements.values()) {
    if (!element.required || (element.choice !== undefined && choices.has(element.choice))) continue
    if (element.choice !== undefined) choices.add(element.choice)
    const inner = element.types[0] ?? ''
    const below = missingValue(inner)
    const name = TYPES.get(inner)?.kind === 'primitive' ? `_${element.name}` : element.name
    value[name] = element.list ? [below] : below
  }
  return deepFreeze(value)
}
